// The end of a task at its owner's hands: shutdown, detach, a handle or an owner that is gone. K1, K2.
#include "spec.hpp"

namespace {

constexpr std::size_t seeds = 200;

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(seeds, body);
}

// Nothing in the mailbox, no link, no monitor.
task<bool> no_trace() {
  const std::optional<process_info> me = co_await inspect(self());
  co_return me->mailbox_length == 0 && me->links.empty() && me->monitors.empty();
}

}  // namespace

TEST_CASE("a handle destroyed by another process ends the task and not its owner") {
  spec::in_simulation(seeds, []() -> process {
    auto t = spawn_task([]() -> task<int> {
      co_await sleep(infinity);
      co_return 1;
    });
    const monitor_ref watch = monitor(t.process());
    spawn([](task_handle<int>) {}, std::move(t));
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
    co_await sleep(1s);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("a handle whose value was fetched, moved from or detached is no task any more: std::logic_error") {
  in_process([]() -> process {
    auto t = spawn_task([] { return 1; });
    (void)co_await t;
    bool refused = false;
    try {
      (void)co_await t;
    } catch (const std::logic_error&) {
      refused = true;
    }
    CHECK(refused);
    auto from = spawn_task([] { return 1; });
    auto to = std::move(from);
    refused = false;
    try {
      (void)co_await from.within(1s);
    } catch (const std::logic_error&) {
      refused = true;
    }
    CHECK(refused);
    const int n = co_await to;
    CHECK(n == 1);
  });
}

TEST_CASE("a handle destroyed unawaited kills the task, and its owner does not notice") {
  in_process([]() -> process {
    for (const bool linked : {true, false}) {
      std::optional<monitor_ref> watch;
      {
        auto f = []() -> task<> { co_await sleep(infinity); };
        auto t = linked ? spawn_task(f) : spawn_task_unlinked(f);
        watch = monitor(t.process());
      }
      const exit_reason why = co_await spec::end_of(*watch);
      CHECK(why == reason::killed);
    }
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("a task dies with its owner: killed, crashed, ended normally, linked or not") {
  spec::collected_reports reports;
  in_process([]() -> process {
    for (const bool linked : {true, false})
      for (int how = 0; how < 4; ++how) {
        const pid test = self();
        const pid owner = spawn([=]() -> process {
          auto f = []() -> task<> {
            trap_exits();  // nothing it may do about it
            co_await sleep(infinity);
          };
          auto t = linked ? spawn_task(f) : spawn_task_unlinked(f);
          send(test, t.process());
          if (how == 0)
            throw std::runtime_error("crash");
          if (how == 1)
            co_return;
          if (how == 2)
            exit(self(), exit_reason("condemned"));
          co_await sleep(infinity);
        });
        const pid who = co_await receive<pid>();
        const monitor_ref watch = monitor(who);
        if (how == 3)
          exit(owner, reason::kill);
        const exit_reason why = co_await spec::end_of(watch);
        CHECK((why == reason::killed || why == reason::noproc));
      }
  });
}

TEST_CASE("K2 shutdown ends a task; it is dead and no trace is left") {
  in_process([]() -> process {
    for (const bool trapping : {false, true}) {
      trap_exits(trapping);
      auto t = spawn_task([]() -> task<int> {
        co_await sleep(infinity);
        co_return 1;
      });
      const pid who = t.process();
      const outcome<int> end = co_await t.shutdown();
      CHECK_FALSE(end);
      CHECK(end.why() == reason::shutdown);
      const bool alive = co_await is_alive(who);
      CHECK_FALSE(alive);
      const bool clean = co_await no_trace();
      CHECK(clean);
    }
  });
}

TEST_CASE("K2 shutdown kills a task that does not obey within the limit") {
  in_process([]() -> process {
    auto stubborn = []() -> task<int> {
      trap_exits();
      co_await sleep(infinity);
      co_return 1;
    };
    auto t = spawn_task(stubborn);
    co_await spec::until_waiting(t.process());
    const auto begin = now();
    const outcome<int> end = co_await t.shutdown(100ms);
    CHECK(end.why() == reason::killed);
    CHECK(now() - begin >= 100ms);
    auto at_once = spawn_task(stubborn);
    co_await spec::until_waiting(at_once.process());
    const outcome<int> killed = co_await at_once.shutdown(0s);
    CHECK(killed.why() == reason::killed);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("K2 shutdown gives the value that came first, and a failure's own reason") {
  spec::collected_reports reports;
  spec::in_simulation(seeds, []() -> process {
    trap_exits();
    auto t = spawn_task([] { return 5; });
    co_await sleep(1s);
    const outcome<int> value = co_await t.shutdown();
    REQUIRE(value);
    CHECK(*value == 5);
    auto failed = spawn_task([]() -> int { exit(exit_reason("own")); });
    co_await sleep(1s);
    const outcome<int> why = co_await failed.shutdown();
    CHECK(why.why() == exit_reason("own"));
    auto obeys = spawn_task([]() -> task<int> {
      trap_exits();
      (void)co_await receive<exited>();
      co_return 8;
    });
    const outcome<int> last_word = co_await obeys.shutdown();
    CHECK((last_word ? *last_word == 8 : last_word.why() == reason::shutdown));
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("a detached task runs on by itself, unlinked") {
  spec::in_simulation(seeds, []() -> process {
    const pid test = self();
    spawn([test]() -> process {
      spawn_task([test]() -> task<> {
        co_await sleep(100ms);
        send(test, std::string("still here"));
        exit(exit_reason("and nobody minds"));
      }).detach();
      co_await sleep(1s);
      const bool clean = co_await no_trace();
      send(test, clean);
    });
    const std::string text = co_await receive<std::string>();
    CHECK(text == "still here");
    const bool clean = co_await receive<bool>();
    CHECK(clean);
  });
}
