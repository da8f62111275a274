// Spawning. semantics.md 3.3
#include "spec.hpp"

#include <algorithm>
#include <memory>

namespace {

struct hello {
  std::string who;
};

process greet(pid to, const std::string& who) {
  co_await sleep(1ms);
  send(to, hello{who});
}

int plain(pid to) {
  send(to, hello{"plain"});
  return 42;
}

task<int> as_task(pid to) {
  co_await sleep(1ms);
  send(to, hello{"task"});
  co_return 42;
}

struct server {
  std::string name;
  process loop(pid to) {
    co_await sleep(1ms);
    send(to, hello{name});
  }
  process loop_const(pid to) const {
    co_await sleep(1ms);
    send(to, hello{name});
  }
};

process throws_early(int n) {
  if (n > 0)
    throw std::runtime_error("early");
  co_return;
}

}  // namespace

TEST_CASE("C035 spawn gives another pid, discards the result, and the DOWN says normal") {
  spec::in_process([]() -> process {
    const pid p = spawn([] { return 42; });
    CHECK(p != self());
    CHECK(p);
    auto [q, watch] = spawn_monitor([]() -> task<int> { co_return 42; });
    CHECK(q != p);
    const down d = co_await receive<down>();
    CHECK(d.who == q);
    CHECK(d.monitor == watch);
    CHECK(d.why == reason::normal);
    CHECK(d.name.empty());
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("functions, lambdas, tasks and plain functions can be spawned, with arguments") {
  spec::in_process([]() -> process {
    spawn(greet, self(), "process");
    const hello first = co_await receive<hello>();
    CHECK(first.who == "process");
    spawn(plain, self());
    const hello second = co_await receive<hello>();
    CHECK(second.who == "plain");
    spawn(as_task, self());
    const hello third = co_await receive<hello>();
    CHECK(third.who == "task");
    spawn([to = self()](std::string s) { send(to, hello{s}); }, "lambda");
    const hello fourth = co_await receive<hello>();
    CHECK(fourth.who == "lambda");
    spawn(&server::loop, server{"member"}, self());
    const hello fifth = co_await receive<hello>();
    CHECK(fifth.who == "member");
    spawn(&server::loop_const, std::make_shared<const server>(server{"shared"}), self());
    const hello sixth = co_await receive<hello>();
    CHECK(sixth.who == "shared");
  });
}

TEST_CASE("the closure and the arguments live as long as the process") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(7);
    auto [p, watch] = spawn_monitor(
        [captured = token, to = self()](const std::shared_ptr<const int>& argument, std::unique_ptr<std::string> owned) -> process {
          co_await sleep(2ms);
          send(to, *captured + *argument + static_cast<int>(owned->size()));
        },
        token, std::make_unique<std::string>("four"));
    const int sum = co_await receive<int>();
    CHECK(sum == 18);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("arguments are taken when spawn is called") {
  spec::in_process([]() -> process {
    std::string text = "before";
    spawn(greet, self(), text);
    text = "after";
    const hello m = co_await receive<hello>();
    CHECK(m.who == "before");
    int n = 1;
    spawn([to = self()](int value) { send(to, value); }, n);
    n = 2;
    const int value = co_await receive<int>();
    CHECK(value == 1);
  });
}

TEST_CASE("more than eight arguments are fine") {
  spec::in_process([]() -> process {
    auto sum = [](pid to, int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) {
      send(to, a + b + c + d + e + f + g + h + i + j);
    };
    spawn(sum, self(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    const int got = co_await receive<int>();
    CHECK(got == 55);
    auto [p, watch] = spawn_monitor(sum, self(), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    const int again = co_await receive<int>();
    CHECK(again == 55);
    (void)co_await receive<down>(watch);
  });
}

TEST_CASE("unsafe_share is the way to hand over a pointer") {
  spec::in_process([]() -> process {
    int n = 0;
    auto [p, watch] = spawn_monitor([](auto shared) { *shared = 3; }, unsafe_share(&n));
    (void)co_await receive<down>(watch);
    CHECK(n == 3);
  });
}

TEST_CASE("spawn_link is atomic with the link, spawn_monitor with the monitor: never noproc") {
  spec::in_process([]() -> process {
    trap_exits();
    for (int i = 0; i < 200; ++i) {
      const pid linked = spawn_link([] { exit(exit_reason("at once")); });
      const exited e = co_await receive<exited>(linked);
      REQUIRE(e.why == exit_reason("at once"));
      auto [watched, watch] = spawn_monitor([] { exit(exit_reason("at once")); });
      const down d = co_await receive<down>(watch);
      REQUIRE(d.who == watched);
      REQUIRE(d.why == exit_reason("at once"));
    }
  });
}

TEST_CASE("C039 spawn with link and monitor: both fire, EXIT first") {
  spec::in_process([]() -> process {
    trap_exits();
    auto [p, watch] = spawn(spawn_options{.link = true, .monitor = true}, [] { exit(exit_reason(3)); });
    CHECK(watch);
    any_message first = co_await receive<any_message>();
    REQUIRE(first.get_if<exited>() != nullptr);
    CHECK(first.get_if<exited>()->who == p);
    CHECK(first.get_if<exited>()->why == exit_reason(3));
    const down d = co_await receive<down>();
    CHECK(d.monitor == watch);
    CHECK(d.who == p);
    CHECK(d.why == exit_reason(3));
  });
}

TEST_CASE("the monitor of spawned is empty unless asked for") {
  spec::in_process([]() -> process {
    const spawned s = spawn(spawn_options{}, [] {});
    CHECK(s.process);
    CHECK_FALSE(s.monitor);
    CHECK(s.monitor == monitor_ref{});
    (void)co_await spec::end_of(s.process);
  });
}

TEST_CASE("C040 a name that is empty or taken: bad_name in the caller, nothing is spawned") {
  spec::in_process([]() -> process {
    register_name("spec taken", self());
    auto ran = spec::make_flag();
    const auto token = std::make_shared<const int>(1);
    const std::size_t before = processes().size();
    for (const char* name : {"spec taken", "undefined"})
      CHECK_THROWS_AS(spawn(spawn_options{.name = name}, [ran, token] { ran->store(true); }), bad_name);
    CHECK(processes().size() == before);
    co_await sleep(1ms);
    CHECK_FALSE(ran->load());
    CHECK(token.use_count() == 1);
    unregister_name("spec taken");
  });
}

TEST_CASE("a name in spawn_options is registered before the process runs") {
  spec::in_process([]() -> process {
    auto [p, watch] =
        spawn(spawn_options{.monitor = true, .name = "spec named"}, [to = self()] { send(to, whereis("spec named") == self()); });
    const bool found = co_await receive<bool>();
    CHECK(found);
    (void)co_await receive<down>(watch);
    CHECK_FALSE(whereis("spec named"));
    const pid q = spawn(spawn_options{.name = "spec named"}, spec::idle).process;
    CHECK(whereis("spec named") == q);
    exit(q, reason::kill);
    (void)co_await spec::end_of(q);
  });
}

TEST_CASE("C041 a child inherits nothing but the link: no trapping, dictionary, links, name, priority") {
  spec::in_process([]() -> process {
    const pid parent = spawn(spawn_options{.prio = priority::high, .label = "the parent"}, [to = self()]() -> process {
                         trap_exits();
                         dictionary().put("key", 1);
                         register_name("spec parent", self());
                         const pid other = spawn(spec::idle);
                         link(other);
                         const pid child = spawn_link([to]() -> process {
                           const std::size_t keys = dictionary().keys().size();
                           const bool trapped = trap_exits(false);
                           const auto info = co_await inspect(self());
                           send(to, *info);
                           send(to, keys);
                           send(to, trapped);
                         });
                         (void)co_await receive<exited>(child);
                       }).process;
    const process_info info = co_await receive<process_info>();
    const std::size_t keys = co_await receive<std::size_t>();
    const bool trapped = co_await receive<bool>();
    CHECK(info.links == std::vector<pid>{parent});
    CHECK(info.monitors.empty());
    CHECK(info.name.empty());
    CHECK(info.label.empty());
    CHECK_FALSE(info.trap_exits);
    CHECK(info.prio == priority::normal);
    CHECK(info.parent == parent);
    CHECK(keys == 0);
    CHECK_FALSE(trapped);
    (void)co_await spec::end_of(parent);
  });
}

TEST_CASE("C042 the parent of a process is its spawner, also after that died") {
  spec::in_process([]() -> process {
    auto [parent, watch] = spawn_monitor([to = self()] { send(to, spawn(spec::idle)); });
    const pid child = co_await receive<pid>();
    (void)co_await receive<down>(watch);
    const auto info = co_await inspect(child);
    REQUIRE(info);
    CHECK(info->parent == parent);
    exit(child, reason::kill);
    const pid mine = spawn(spec::idle);
    const auto of_mine = co_await inspect(mine);
    REQUIRE(of_mine);
    CHECK(of_mine->parent == self());
  });
}

TEST_CASE("what throws before its first suspension ends the new process, never the spawner") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [coroutine, first] = spawn_monitor(throws_early, 1);
    const exit_reason why = co_await spec::end_of(first);
    CHECK(why.is_error());
    CHECK(spec::contains(why.what(), "early"));
    auto [function, second] = spawn_monitor([]() -> process {
      if (self() != pid{})
        throw std::runtime_error("no coroutine at all");
      return spec::idle();
    });
    const exit_reason also = co_await spec::end_of(second);
    CHECK(also.is_error());
    CHECK(spec::contains(also.what(), "no coroutine at all"));
    auto [plain_function, third] = spawn_monitor([] { throw 3; });
    const exit_reason number = co_await spec::end_of(third);
    CHECK(number.is_error());
  });
}

TEST_CASE("a callable whose copy throws: the exception is the spawner's, nothing is spawned") {
  struct fragile {
    fragile() = default;
    fragile(const fragile&) { throw std::runtime_error("copy"); }
    fragile(fragile&&) = default;
    void operator()() const {}
  };
  spec::in_process([]() -> process {
    const std::size_t before = processes().size();
    const fragile f;
    CHECK_THROWS_AS(spawn(f), std::runtime_error);
    CHECK(processes().size() == before);
    co_return;
  });
}

TEST_CASE("the label given at spawn, or set later, is shown by inspect") {
  spec::in_process([]() -> process {
    const pid p = spawn(spawn_options{.label = "first"}, []() -> process {
                    co_await receive<std::string>();
                    set_label("second");
                    co_await sleep(infinity);
                  }).process;
    const auto before = co_await inspect(p);
    REQUIRE(before);
    CHECK(before->label == "first");
    send(p, "go");
    co_await spec::until_waiting(p);
    std::optional<process_info> after = co_await inspect(p);
    for (int i = 0; i < 1000 && after->label == "first"; ++i) {
      co_await yield();
      after = co_await inspect(p);
    }
    CHECK(after->label == "second");
  });
}

TEST_CASE("a child that outlives its parent goes on") {
  spec::in_process([]() -> process {
    spawn([to = self()] {
      spawn([to]() -> process {
        co_await sleep(5ms);
        send(to, hello{"grandchild"});
      });
    });
    const hello m = co_await receive<hello>();
    CHECK(m.who == "grandchild");
  });
}

TEST_CASE("pids are not reused while anything can refer to them") {
  spec::in_process([]() -> process {
    std::vector<pid> seen;
    for (int i = 0; i < 2000; ++i) {
      auto [p, watch] = spawn_monitor([] {});
      seen.push_back(p);
      (void)co_await receive<down>(watch);
    }
    std::sort(seen.begin(), seen.end());
    CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
    const pid fresh = spawn([to = self()]() -> process {
      const auto m = co_await receive<std::string>(within(5ms));
      send(to, m.has_value());
    });
    for (const pid old : seen)
      send(old, "to the dead");
    const bool misdelivered = co_await receive<bool>();
    CHECK_FALSE(misdelivered);
    CHECK(fresh);
  });
}
