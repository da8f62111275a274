// A server beside its handlers: idle timeouts, the parent's exit, suspension, statistics, start, crash reports.
#include "store.hpp"

#include <algorithm>

namespace {

using spec::get, spec::put, spec::store;

struct add {
  int n;
  using reply = int;
};
struct poke {};

}  // namespace

TEST_CASE("the idle timeout: armed whenever it waits, cancelled by any message") {
  spec::in_process([]() -> process {
    const pid me = self();
    const pid server = spawn([me]() -> process { co_await serve([](poke) {}, after(10ms, [me] { send(me, 'i'); })); });
    for (int i = 0; i < 5; ++i) {
      co_await sleep(1ms);
      send(server, poke{});
    }
    const auto first = co_await receive<char>(within(10s));
    const auto second = co_await receive<char>(within(10s));
    CHECK(first == 'i');
    CHECK(second == 'i');
  });
  spec::in_simulation(20, []() -> process {  // exact in virtual time
    const pid server = spawn([]() -> process { co_await serve([](poke) {}, after(10ms, [] { return stop_serving; })); });
    const monitor_ref watch = monitor(server);
    const auto begin = now();
    for (int i = 0; i < 5; ++i) {
      co_await sleep(8ms);
      send(server, poke{});
    }
    (void)co_await spec::end_of(watch);
    const auto lived = now() - begin;
    CHECK(lived >= 50ms);
    CHECK(lived < 52ms);
  });
}

TEST_CASE("after(0s, f) runs only on an empty queue") {
  spec::in_process([]() -> process {
    const pid me = self();
    const pid server = spawn([me]() -> process {
      int n = 0;
      co_await receive<poke>();
      co_await serve([&](int m) { n += m; }, after(0s, [&] { return send(me, n), stop_serving; }));
    });
    for (int i = 1; i <= 4; ++i)
      send(server, i);
    send(server, poke{});
    const int n = co_await receive<int>();
    CHECK(n == 10);
  });
}

TEST_CASE("the parent's exit ends a server that traps exits; a stranger's is for its handler") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    spec::shared_log log;
    auto server = std::make_shared<std::atomic<std::uint64_t>>(0);
    const pid parent = spawn([log, server]() -> process {
      spawn_link([log, server]() -> process {
        trap_exits();
        server->store(self().bits());
        const exit_reason why = co_await serve([&](exited e) { log.add("stranger " + to_string(e.why)); });
        log.add("terminate " + to_string(why));
      });
      co_await sleep(infinity);
    });
    while (server->load() == 0)
      co_await sleep(1ms);
    const pid who = pid::from_bits(server->load());
    const monitor_ref watch = monitor(who);
    exit(who, exit_reason("hello"));
    while (log.lines().empty())
      co_await sleep(1ms);
    exit(parent, exit_reason("bye"));
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("bye"));
    CHECK(log.lines() == std::vector<std::string>{"stranger \"hello\"", "terminate \"bye\""});
  });
}

TEST_CASE("a parent that did not link while spawning is a stranger") {
  spec::in_process([]() -> process {
    const pid me = self();
    const pid server = spawn([me]() -> process {
      trap_exits();
      co_await serve([me](exited) { send(me, 'e'); });
    });
    co_await spec::until_waiting(server);
    exit(server, exit_reason("hello"));
    const auto told = co_await receive<char>(within(10s));
    CHECK(told == 'e');
    exit(server, reason::kill);
  });
}

TEST_CASE("C163 a suspended server leaves its messages; suspend and resume are idempotent; it answers inspect_server") {
  spec::in_process([]() -> process {
    const pid kv = spawn(store);
    send(kv, put{"a", 1});
    co_await suspend(kv);
    co_await suspend(kv);
    send(kv, put{"a", 2});
    const auto none = co_await try_call(kv, get{"a"}, 5ms);
    CHECK(none.why() == reason::timeout);
    const server_info asleep = co_await inspect_server(kv);
    CHECK(asleep.suspended);
    CHECK(asleep.messages == 1);
    spawn([kv]() -> process {
      co_await sleep(3ms);
      co_await resume(kv);
      co_await resume(kv);
    });
    const auto served = co_await call(kv, get{"a"});
    CHECK(served == 2);
    const server_info awake = co_await inspect_server(kv);
    CHECK(!awake.suspended);
    CHECK(awake.messages == 4);  // put, put, the get that was given up, get
    CHECK(awake.replies == 2);
  });
}

TEST_CASE("C164 statistics count messages and replies; the state is read and replaced by messages of one's own") {
  spec::in_process([]() -> process {
    const pid kv = spawn(store);
    for (int i = 0; i < 10; ++i)
      send(kv, put{"n", i});
    for (int i = 0; i < 5; ++i)
      (void)co_await call(kv, get{"n"});
    const server_info info = co_await inspect_server(kv);
    CHECK(info.messages == 15);
    CHECK(info.replies == 5);

    struct replace_state {
      std::vector<int> state;
      using reply = std::vector<int>;
    };
    const pid server = spawn([]() -> process {
      std::vector<int> state{1, 2};
      co_await serve([&](replace_state m) { return std::exchange(state, std::move(m.state)); });
    });
    const auto old = co_await call(server, replace_state{{3}});
    CHECK(old == std::vector<int>{1, 2});
    const auto replaced = co_await call(server, replace_state{{}});
    CHECK(replaced == std::vector<int>{3});
  });
}

TEST_CASE("start_link of a server returns when it serves; what follows init_ack runs before any queued message") {
  spec::in_process([]() -> process {
    const outcome<pid> kv = co_await start_link({.name = "spec store"}, store);
    REQUIRE(kv);
    const auto a = co_await call("spec store", get{"a"});
    CHECK(a == std::nullopt);
    const outcome<pid> slow = co_await start_link([]() -> process {
      init_ack();
      co_await sleep(5ms);
      int ready = 100;  // handle_continue
      co_await serve([&](add m) { return ready += m.n; });
    });
    const int n = co_await call(*slow, add{1});
    CHECK(n == 101);
  });
}

template <class Handler>
std::vector<crash_report> reports_of(Handler handler, std::string culprit = "the culprit") {
  spec::collected_reports reports;
  spec::in_run([handler, culprit]() -> process {
    const pid server = spawn([handler]() -> process {
      (void)co_await receive<char>();
      co_await serve(handler);
    });
    const monitor_ref watch = monitor(server);
    send(server, culprit);
    for (int i = 0; i < 4; ++i)
      send(server, i);
    send(server, 'g');
    (void)co_await spec::end_of(watch);
  });
  return reports.all();
}

TEST_CASE("C160 crash reports of servers: for abnormal ends only, with last message, reason and mailbox length") {
  CHECK(reports_of([](std::string) { return stop_serving; }).empty());
  CHECK(reports_of([](std::string) { return stop_serving(reason::shutdown); }).empty());
  CHECK(reports_of([](std::string) { return stop_serving(reason::shutdown_with(3)); }).empty());
  CHECK(reports_of([](std::string) { exit(reason::normal); }).empty());

  const auto stopped = reports_of([](std::string) { return stop_serving(exit_reason("bad")); });
  REQUIRE(stopped.size() == 1);
  CHECK(stopped[0].why == exit_reason("bad"));

  const auto crashed = reports_of([](const std::string&) { throw std::runtime_error("oops"); });
  REQUIRE(crashed.size() == 1);
  CHECK(crashed[0].last_message == "\"the culprit\"");
  CHECK(crashed[0].mailbox_length == 4);
  CHECK(
      spec::contains(crashed[0].text, "** (std::runtime_error) oops\n    last message: \"the culprit\"\n    unread messages: 4\n"));

  const auto left = reports_of([](std::string) { exit(exit_reason("enough")); });
  REQUIRE(left.size() == 1);
  CHECK(spec::contains(left[0].text, "\"enough\""));
}

TEST_CASE("a crash report fits on a screen, however long the reason and the last message are") {
  const auto crashed = reports_of(
      [](const std::string&) {
        std::string reason;
        for (int i = 0; i < 10'000; ++i)
          reason += "ä\n";
        throw std::runtime_error(reason);
      },
      std::string(100'000, 'x'));
  REQUIRE(crashed.size() == 1);
  const std::string& text = crashed[0].text;
  CHECK(std::count(text.begin(), text.end(), '\n') < 24);
  CHECK(text.size() < 24 * 80);
  CHECK(spec::contains(text, "ä… (30024 bytes)\n"));
  CHECK(spec::contains(text, "xxx… (100002 bytes)\n"));
  CHECK(spec::contains(text, "unread messages: 4\n"));
  CHECK(crashed[0].last_message.size() == 100'002);
}
