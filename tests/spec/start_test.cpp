// start, start_link, start_monitor: when a process has started, and what a failed start leaves behind: nothing.
#include "spec/spec.hpp"

namespace {

struct ask {
  using reply = int;
};

process waits() { co_await receive<int>(); }

// Nothing of the child is left with the caller.
task<> check_clean() {
  const auto me = co_await inspect(self());
  CHECK(me->links.empty());
  CHECK(me->monitors.empty());
  CHECK(me->mailbox_length == 0);
}

}  // namespace

TEST_CASE("C146 start returns when the child first waits in receive") {
  spec::in_process([]() -> process {
    auto flag = spec::make_flag();
    const outcome<pid> child = co_await start_link([flag]() -> process {
      co_await sleep(2ms);  // not yet
      co_await spec::until_waiting(pid{});
      flag->store(true);
      co_await receive<int>();
    });
    REQUIRE(child);
    CHECK(flag->load());
    const auto me = co_await inspect(self());
    CHECK(me->links == std::vector<pid>{*child});
  });
}

TEST_CASE("call, sleep and blocking before that do not count") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      while (true)
        co_await receive([](request<ask> r) { r.reply(1); });
    });
    auto steps = std::make_shared<std::atomic<int>>(0);
    const outcome<pid> child = co_await start([steps, server]() -> process {
      *steps += co_await call(server, ask{});
      co_await sleep(1ms);
      *steps += co_await blocking([] { return 1; });
      co_await yield();
      *steps += 1;
      co_await receive<int>();
    });
    REQUIRE(child);
    CHECK(steps->load() == 3);
  });
}

TEST_CASE("init_ack: start returns, though the child goes on; a second one does nothing") {
  spec::in_process([]() -> process {
    const outcome<pid> child = co_await start_link([]() -> process {
      init_ack();
      init_ack();
      co_await sleep(infinity);
    });
    REQUIRE(child);
    init_ack();  // nobody waits for this process
  });
}

// `start` tries to start a process named "spec failing" and returns why that failed.
template <class Start>
void failing_start(Start start, exit_reason expected) {
  spec::collected_reports reports;
  for (const bool traps : {false, true})
    spec::in_process([=]() -> process {
      trap_exits(traps);
      const exit_reason why = co_await start();
      if (why.is_error())
        CHECK(why.what() == to_string(expected));
      else
        CHECK(why == expected);
      CHECK(!whereis("spec failing"));
      co_await sleep(2ms);
      co_await check_clean();
    });
}

TEST_CASE("C146 a child that ends before: its reason, and neither link nor monitor nor message nor name is left") {
  SECTION("by exit") {
    failing_start(
        []() -> task<exit_reason> {
          co_return (co_await start_link({.name = "spec failing"}, [] { exit(exit_reason("no disk")); })).why();
        },
        exit_reason("no disk"));
  }
  SECTION("by an exception") {
    failing_start(
        []() -> task<exit_reason> {
          co_return (co_await start_link({.name = "spec failing"}, []() -> process {
            co_await sleep(1ms);
            throw std::runtime_error("\"no disk\"");
          })).why();
        },
        exit_reason("no disk"));
  }
  SECTION("normally: an outcome without value") {
    failing_start(
        []() -> task<exit_reason> {
          const outcome<pid> child = co_await start_link({.name = "spec failing"}, [] {});
          CHECK(!child);
          co_return child.why();
        },
        reason::normal);
  }
  SECTION("with a monitor") {
    failing_start(
        []() -> task<exit_reason> {
          co_return (co_await start_monitor({.name = "spec failing"}, [] { exit(exit_reason("no disk")); })).why();
        },
        exit_reason("no disk"));
  }
  SECTION("at its timeout, killed") {
    failing_start(
        []() -> task<exit_reason> { co_return (co_await start_link({.name = "spec failing", .timeout = 5ms}, spec::idle)).why(); },
        reason::timeout);
  }
  SECTION("at its timeout, with a monitor") {
    failing_start(
        []() -> task<exit_reason> {
          co_return (co_await start_monitor({.name = "spec failing", .timeout = 5ms}, spec::idle)).why();
        },
        reason::timeout);
  }
}

TEST_CASE("C149 a name that is taken: already_started, and the second one does not run") {
  spec::in_process([]() -> process {
    auto ran = spec::make_flag();
    const outcome<pid> first = co_await start_link({.name = "spec only one"}, waits);
    REQUIRE(first);
    const outcome<pid> second = co_await start_link({.name = "spec only one"}, [ran] { ran->store(true); });
    REQUIRE(!second);
    const auto* taken = second.why().get_if<already_started>();
    REQUIRE(taken);
    CHECK(taken->who == *first);
    CHECK(spec::text_of(second.why()) == "{:already_started, " + spec::text_of(*first) + "}");
    co_await sleep(1ms);
    CHECK(!ran->load());
  });
}

TEST_CASE("the name is there before the child's first line") {
  spec::in_process([]() -> process {
    const outcome<pid> child = co_await start({.name = "spec named"}, []() -> process {
      if (whereis("spec named") != self())
        brood::exit(exit_reason("nameless"));
      co_await receive<int>();
    });
    CHECK(child);
  });
}

TEST_CASE("a started child is linked, or monitored, as any other") {
  spec::in_process([]() -> process {
    trap_exits();
    const outcome<pid> child = co_await start_link(waits);
    exit(*child, exit_reason("later"));
    const exited e = co_await receive<exited>(*child);
    CHECK(e.why == exit_reason("later"));

    const outcome<spawned> watched = co_await start_monitor(waits);
    exit(watched->process, exit_reason("later"));
    const down d = co_await receive<down>(watched->monitor);
    CHECK(d.why == exit_reason("later"));
  });
}

TEST_CASE("a starter that dies meanwhile takes a linked child with it") {
  spec::in_process([]() -> process {
    auto child = std::make_shared<std::atomic<std::uint64_t>>(0);
    const pid starter = spawn([child]() -> process {
      (void)co_await start_link([child]() -> process {
        child->store(self().bits());
        co_await sleep(infinity);
      });
    });
    while (child->load() == 0)
      co_await sleep(1ms);
    exit(starter, exit_reason("enough"));
    const exit_reason why = co_await spec::end_of(pid::from_bits(child->load()));
    const bool told = why == exit_reason("enough") || why == reason::noproc;
    CHECK(told);
  });
}

TEST_CASE("start: a negative timeout is std::invalid_argument, a bad name a failed start") {
  spec::in_process([]() -> process {
    bool refused = false;
    try {
      (void)co_await start_link({.timeout = -1s}, waits);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
    const outcome<pid> reserved = co_await start_link({.name = "nil"}, waits);
    CHECK(spec::contains(reserved.why().what(), "reserved"));
  });
}

TEST_CASE("a crash report of a started process names the line that started it") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    const outcome<pid> child = co_await start_link([] { throw std::runtime_error("oops"); });
    CHECK(!child);
  });
  const auto all = reports.all();
  REQUIRE(all.size() == 1);
  CHECK(spec::contains(all[0].spawned_at, "start_test.cpp:"));
}
