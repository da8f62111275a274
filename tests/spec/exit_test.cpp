// Ending processes: exit(why), exit(pid, why), trap_exits. semantics.md 3.4
#include "spec.hpp"

#include <map>

namespace {

struct ready {};

// Traps, says so, then passes every exited on as a reason.
process trapper(pid to) {
  trap_exits();
  send(to, ready{});
  while (true)
    co_await receive([to](exited e) { send(to, e); });
}

}  // namespace

TEST_CASE("C063 exit(p, r) ends a process that is not trapping with r, and its DOWN says so") {
  spec::in_process([]() -> process {
    for (const exit_reason& why : std::vector<exit_reason>{exit_reason("boom"), exit_reason(7), reason::shutdown,
                                                           reason::shutdown_with(3), reason::timeout}) {
      auto [p, watch] = spawn_monitor(spec::idle);
      exit(p, why);
      const down d = co_await receive<down>(watch);
      CHECK(d.who == p);
      CHECK(d.why == why);
    }
  });
}

TEST_CASE("C063 exit(p, r) reaches a process that has not run yet, or that only computes") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([]() -> process {
      while (true)
        co_await yield();
    });
    exit(p, exit_reason("stop"));
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("stop"));
  });
}

TEST_CASE("C064 exit(p, r) to a trapping process is a message from the sender, and it lives") {
  spec::in_process([]() -> process {
    const pid p = spawn(trapper, self());
    (void)co_await receive<ready>();
    exit(p, exit_reason("boom"));
    const exited e = co_await receive<exited>();
    CHECK(e.who == self());
    CHECK(e.why == exit_reason("boom"));
    const bool alive = co_await is_alive(p);
    CHECK(alive);
    exit(p, reason::kill);
  });
}

TEST_CASE("C065 exit(p, normal) from another process: no effect, or a message if trapping") {
  spec::in_process([]() -> process {
    const pid plain = spawn(spec::idle);
    exit(plain, reason::normal);
    const bool alive = co_await is_alive(plain);
    CHECK(alive);
    const pid p = spawn(trapper, self());
    (void)co_await receive<ready>();
    exit(p, reason::normal);
    const exited e = co_await receive<exited>();
    CHECK(e.why == reason::normal);
  });
}

TEST_CASE("C067 exit(self, r) while trapping is a message from self, any reason, also normal") {
  spec::in_process([]() -> process {
    trap_exits();
    exit(self(), reason::normal);
    exit(self(), exit_reason(std::string(100'000, 'x')));
    exit(self(), reason::shutdown);
    const exited first = co_await receive<exited>();
    const exited second = co_await receive<exited>();
    const exited third = co_await receive<exited>();
    CHECK(first.who == self());
    CHECK(first.why == reason::normal);
    CHECK(second.why == exit_reason(std::string(100'000, 'x')));
    CHECK(third.why == reason::shutdown);
  });
}

TEST_CASE("exit(p, kill) cannot be trapped and gives killed") {
  spec::in_process([]() -> process {
    const pid p = spawn(trapper, self());
    (void)co_await receive<ready>();
    const monitor_ref watch = monitor(p);
    exit(p, reason::kill);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
    const std::optional<exited> e = co_await receive<exited>(within(0s));
    CHECK_FALSE(e);
  });
}

TEST_CASE("a string reason that reads kill is not the kill signal") {
  spec::in_process([]() -> process {
    const pid p = spawn(trapper, self());
    (void)co_await receive<ready>();
    exit(p, exit_reason("kill"));
    const exited e = co_await receive<exited>();
    CHECK(e.why == exit_reason("kill"));
    CHECK(e.why != reason::kill);
  });
}

TEST_CASE("exit(why) in a process ends it with that reason; kill stays kill") {
  spec::in_process([]() -> process {
    for (const exit_reason& why :
         std::vector<exit_reason>{reason::normal, reason::kill, reason::shutdown, exit_reason(42), exit_reason("text")}) {
      auto [p, watch] = spawn_monitor([why] { exit(why); });
      const exit_reason got = co_await spec::end_of(watch);
      CHECK(got == why);
    }
  });
}

TEST_CASE("exit(why) unwinds: it can be caught as exiting, which is not a std::exception") {
  spec::in_process([]() -> process {
    bool as_exiting = false, as_std = false;
    try {
      exit(exit_reason("caught"));
    } catch (const std::exception&) {
      as_std = true;
    } catch (const exiting& e) {
      as_exiting = e.why() == exit_reason("caught");
    }
    CHECK(as_exiting);
    CHECK_FALSE(as_std);
    const auto deep = []() -> task<int> {
      co_await yield();
      exit(exit_reason("from a task"));
    };
    bool from_task = false;
    try {
      (void)co_await deep();
    } catch (const exiting& e) {
      from_task = e.why() == exit_reason("from a task");
    }
    CHECK(from_task);
  });
}

TEST_CASE("C072 the first fatal signal wins") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 100; ++i) {
      auto [p, watch] = spawn_monitor(spec::idle);
      exit(p, exit_reason("first"));
      exit(p, exit_reason("second"));
      exit(p, reason::kill);
      const exit_reason why = co_await spec::end_of(watch);
      REQUIRE(why == exit_reason("first"));
      auto [q, watch_q] = spawn_monitor(spec::idle);
      exit(q, reason::normal);
      exit(q, reason::kill);
      const exit_reason killed = co_await spec::end_of(watch_q);
      REQUIRE(killed == reason::killed);
    }
  });
}

TEST_CASE("C073 exit to a dead process does nothing") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    exit(dead, exit_reason("boom"));
    exit(dead, reason::kill);
    exit(pid{}, reason::kill);
    const bool alive = co_await is_alive(dead);
    CHECK_FALSE(alive);
  });
}

TEST_CASE("C075 an uncaught exception: an error reason with its text and its exception") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([]() -> process {
      co_await yield();
      throw std::out_of_range("too far");
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why.is_error());
    CHECK_FALSE(why.is_shutdown());
    CHECK(spec::contains(why.what(), "too far"));
    REQUIRE(why.exception() != nullptr);
    CHECK_THROWS_AS(std::rethrow_exception(why.exception()), std::out_of_range);
    CHECK(spec::text_of(why) == "** (std::out_of_range) too far");
  });
}

TEST_CASE("C075 an uncaught exception that is no std::exception: what() is its type") {
  struct odd_failure {};
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([] { throw odd_failure{}; });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why.is_error());
    CHECK(spec::contains(why.what(), "odd_failure"));
    auto [q, watch_q] = spawn_monitor([] { throw 3; });
    const exit_reason number = co_await spec::end_of(watch_q);
    CHECK(spec::contains(number.what(), "int"));
  });
}

TEST_CASE("C080 an error is reported once; exit, exit signals, kill and normal are not") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    std::vector<pid> all;
    all.push_back(spawn([] {}));
    all.push_back(spawn([] { exit(exit_reason("exit/1")); }));
    all.push_back(spawn([] { exit(reason::shutdown); }));
    all.push_back(spawn([] { exit(reason::kill); }));
    all.push_back(spawn(spec::idle));
    exit(all.back(), exit_reason("a signal"));
    all.push_back(spawn(spec::idle));
    exit(all.back(), reason::kill);
    all.push_back(spawn([] { throw std::runtime_error("the only one"); }));
    for (const pid p : all)
      (void)co_await spec::end_of(p);
  });
  REQUIRE(reports.all().size() == 1);
  CHECK(spec::contains(reports.all()[0].text, "the only one"));
}

TEST_CASE("C080 a linked process that dies of another's error is not reported again") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    auto [p, watch] = spawn_monitor([]() -> process {
      spawn_link([] { throw std::runtime_error("once"); });
      co_await sleep(infinity);
    });
    (void)co_await receive<down>(watch);
  });
  CHECK(reports.all().size() == 1);
}

TEST_CASE("C082 a process that finishes while exit signals are in flight has one reason for all its observers") {
  spec::in_process([]() -> process {
    for (int round = 0; round < 20; ++round) {
      auto [p, first] = spawn_monitor([]() -> process {
        co_await yield();
        exit(exit_reason("own"));
      });
      std::vector<monitor_ref> watches{first};
      for (int i = 0; i < 99; ++i)
        watches.push_back(monitor(p));
      for (int k = 0; k < 4; ++k)
        spawn([p, k] { exit(p, exit_reason(k)); });
      const exit_reason why = co_await spec::end_of(first);
      for (std::size_t i = 1; i < watches.size(); ++i) {
        const exit_reason other = co_await spec::end_of(watches[i]);
        REQUIRE((other == why || other == reason::noproc));  // noproc: that monitor came after the end
      }
    }
  });
}

TEST_CASE("messages sent before an exit signal may be seen, messages sent after it never") {
  spec::in_process([]() -> process {
    struct good {};
    struct bad {};
    for (int i = 0; i < 100; ++i) {
      auto [p, watch] = spawn_monitor([to = self()]() -> process {
        while (true)
          co_await receive([](good) {}, [to](bad b) { send(to, b); });
      });
      for (int n = 0; n < 3; ++n)
        send(p, good{});
      exit(p, exit_reason("over"));
      for (int n = 0; n < 3; ++n)
        send(p, bad{});
      (void)co_await receive<down>(watch);
      const std::optional<bad> seen = co_await receive<bad>(within(0s));
      REQUIRE_FALSE(seen);
    }
  });
}

TEST_CASE("trap_exits is decided when a signal is received; what is queued as a message stays one") {
  spec::in_process([]() -> process {
    trap_exits();
    exit(self(), exit_reason("queued"));
    const std::size_t left = co_await spec::unread();
    CHECK(left == 1);
    trap_exits(false);
    const exited e = co_await receive<exited>();
    CHECK(e.why == exit_reason("queued"));
  });
}

TEST_CASE("C130 trap_exits returns what it was") {
  spec::in_process([]() -> process {
    const bool first = trap_exits();
    const bool second = trap_exits(true);
    const bool third = trap_exits(false);
    const bool fourth = trap_exits(false);
    CHECK_FALSE(first);
    CHECK(second);
    CHECK(third);
    CHECK_FALSE(fourth);
    co_return;
  });
}

TEST_CASE("exit signals between linked processes do not touch the link") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid p = spawn_link([to = self()]() -> process {
      exit(to, exit_reason("signal"));
      co_await receive<ready>();
      exit(exit_reason("end"));
    });
    const exited first = co_await receive<exited>();
    CHECK(first.why == exit_reason("signal"));
    send(p, ready{});
    const exited second = co_await receive<exited>();
    CHECK(second.who == p);
    CHECK(second.why == exit_reason("end"));
  });
}

TEST_CASE("after exit(p, kill) by the same process: dead, nameless and without relations, every time") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 200; ++i) {
      const pid p = spawn(spawn_options{.name = "spec victim"}, spec::idle).process;
      exit(p, reason::kill);
      const bool alive = co_await is_alive(p);
      REQUIRE_FALSE(alive);
      REQUIRE_FALSE(whereis("spec victim"));
      const exit_reason why = co_await spec::end_of(p);
      REQUIRE(why == reason::noproc);
    }
  });
}
