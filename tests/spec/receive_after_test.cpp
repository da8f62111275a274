// How long receive waits: after. semantics.md 3.2 R4-R8
#include "spec.hpp"

#include <limits>

namespace {

struct wanted {};
struct noise {
  int n = 0;
};

}  // namespace

TEST_CASE("C005 after 0 without a match acts at once and leaves the queue as it was") {
  spec::in_process([]() -> process {
    for (int n = 0; n < 3; ++n)
      send(self(), noise{n});
    const auto before = now();
    const char got = co_await receive([](wanted) { return 'w'; }, after(0s, [] { return 't'; }));
    CHECK(got == 't');
    CHECK(now() - before < 1s);
    for (int n = 0; n < 3; ++n) {
      const noise m = co_await receive<noise>();
      CHECK(m.n == n);
    }
  });
}

TEST_CASE("C005 after 0 looks at every message, not only at the oldest") {
  spec::in_process([]() -> process {
    for (int n = 0; n < 100; ++n)
      send(self(), noise{n});
    send(self(), wanted{});
    const char got = co_await receive([](wanted) { return 'w'; }, after(0s, [] { return 't'; }));
    CHECK(got == 'w');
  });
}

TEST_CASE("after 0 on an empty queue acts, on a message does not") {
  spec::in_process([]() -> process {
    const bool empty = co_await receive([](wanted) { return false; }, after(0s, [] { return true; }));
    CHECK(empty);
    send(self(), wanted{});
    const bool still = co_await receive([](wanted) { return false; }, after(0s, [] { return true; }));
    CHECK_FALSE(still);
  });
}

TEST_CASE("C007 a receive without patterns lasts its time though messages arrive, and takes none") {
  spec::in_process([]() -> process {
    const auto before = now();
    spawn([to = self()]() -> process {
      for (int n = 0; n < 5; ++n) {
        send(to, noise{n});
        co_await sleep(2ms);
      }
    });
    co_await receive(after(20ms));
    CHECK(now() - before >= 20ms);
    for (int n = 0; n < 5; ++n) {
      const noise m = co_await receive<noise>();
      CHECK(m.n == n);
    }
  });
}

TEST_CASE("C008 a timeout never fires early: 1000 of 1 to 50 ms") {
  spec::in_process([]() -> process {
    struct timed_out {
      process_clock::duration limit, took;
    };
    for (int i = 0; i < 1000; ++i)
      spawn([to = self(), limit = std::chrono::milliseconds(1 + i % 50)]() -> process {
        const auto before = now();
        co_await receive([](wanted) {}, after(limit, [] {}));
        send(to, timed_out{limit, now() - before});
      });
    for (int i = 0; i < 1000; ++i) {
      const timed_out m = co_await receive<timed_out>();
      REQUIRE(m.took >= m.limit);
    }
  });
}

TEST_CASE("C009 10 000 processes with one common deadline all time out, none early") {
  spec::in_process([]() -> process {
    const auto deadline = now() + 100ms;
    for (int i = 0; i < 10'000; ++i)
      spawn([to = self(), deadline]() -> process {
        const auto left = std::max(deadline - now(), process_clock::duration::zero());
        co_await receive([](wanted) {}, after(left, [] {}));
        send(to, now() >= deadline);
      });
    for (int i = 0; i < 10'000; ++i) {
      const bool in_time = co_await receive<bool>();
      REQUIRE(in_time);
    }
  });
}

TEST_CASE("C011 a negative time is an error in the caller, which can go on receiving") {
  spec::in_process([]() -> process {
    int thrown = 0;
    try {
      co_await receive([](wanted) {}, after(-1ms, [] {}));
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    try {
      (void)co_await receive<wanted>(within(-1ns));
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    try {
      co_await receive(after(std::chrono::hours::min()));
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    CHECK(thrown == 3);
    send(self(), noise{5});
    const noise m = co_await receive<noise>();
    CHECK(m.n == 5);
  });
}

TEST_CASE("C011 a negative time is no error when a message matches first") {
  spec::in_process([]() -> process {
    send(self(), wanted{});
    const char got = co_await receive([](wanted) { return 'w'; }, after(-1ms, [] { return 't'; }));
    CHECK(got == 'w');
    send(self(), noise{1});
    const std::optional<noise> m = co_await receive<noise>(within(-1ms));
    CHECK(m);
  });
}

TEST_CASE("the deadline holds for the whole receive: other messages do not move it") {
  spec::in_simulation(10, []() -> process {
    const pid noisy = spawn([to = self()]() -> process {
      while (true) {
        co_await sleep(20ms);
        send(to, noise{});
      }
    });
    const auto before = now();
    const bool timed_out = co_await receive([](wanted) { return false; }, after(101ms, [] { return true; }));
    CHECK(timed_out);
    CHECK(now() - before == 101ms);
    exit(noisy, reason::kill);
  });
}

TEST_CASE("a message in time wins over the deadline, one after it does not") {
  spec::in_simulation(10, []() -> process {
    send_after(99ms, self(), wanted{});
    const bool first = co_await receive([](wanted) { return true; }, after(100ms, [] { return false; }));
    CHECK(first);
    send_after(101ms, self(), wanted{});
    const bool second = co_await receive([](wanted) { return true; }, after(100ms, [] { return false; }));
    CHECK_FALSE(second);
  });
}

TEST_CASE("C020 after infinity waits until a match") {
  spec::in_simulation(3, []() -> process {
    const auto before = now();
    send_after(std::chrono::hours(24 * 365), self(), wanted{});
    const char got = co_await receive([](wanted) { return 'w'; }, after(infinity, [] { return 't'; }));
    CHECK(got == 'w');
    CHECK(now() - before == std::chrono::hours(24 * 365));
  });
}

TEST_CASE("C020 sleep of 0 returns") {
  spec::in_process([]() -> process {
    co_await sleep(0s);
    co_await sleep(0ns);
  });
}

TEST_CASE("hours::max never fires early, and fractions of a second count") {
  spec::in_simulation(3, []() -> process {
    send_after(1000h, self(), wanted{});
    const char got = co_await receive([](wanted) { return 'w'; }, after(std::chrono::hours::max(), [] { return 't'; }));
    CHECK(got == 'w');
    const auto before = now();
    co_await receive(after(1.5s));
    CHECK(now() - before == 1500ms);
    co_await sleep(std::chrono::duration<float, std::milli>(0.5f));
    CHECK(now() - before >= 1500ms + 499us);
    CHECK(now() - before <= 1500ms + 501us);
  });
}

TEST_CASE("limits beyond 2^31 and 2^32 ms wait that long") {
  spec::in_simulation(3, []() -> process {
    for (const std::int64_t ms : {(std::int64_t{1} << 31) - 1, std::int64_t{1} << 31, std::int64_t{1} << 33}) {
      const auto before = now();
      co_await receive([](wanted) {}, after(std::chrono::milliseconds(ms)));
      CHECK(now() - before == std::chrono::milliseconds(ms));
    }
  });
}

TEST_CASE("after without an action stands beside handlers without a value") {
  spec::in_process([]() -> process {
    bool taken = false;
    co_await receive([&](wanted) { taken = true; }, after(1ms));
    CHECK_FALSE(taken);
    send(self(), wanted{});
    co_await receive([&](wanted) { taken = true; }, after(1s));
    CHECK(taken);
  });
}

TEST_CASE("the chapter's sleep: receive with only an after gives -42") {
  spec::in_simulation(3, []() -> process {
    const auto before = now();
    const int got = co_await receive([](wanted) { return 0; }, after(5000ms, [] { return -42; }));
    CHECK(got == -42);
    CHECK(now() - before == 5s);
  });
}

TEST_CASE("after a timeout the next receive starts again at the oldest message") {
  spec::in_process([]() -> process {
    send(self(), noise{1});
    co_await receive([](wanted) {}, after(2ms));
    send(self(), noise{2});
    const noise first = co_await receive<noise>();
    const noise second = co_await receive<noise>();
    CHECK(first.n == 1);
    CHECK(second.n == 2);
  });
}

TEST_CASE("a process that only polls still yields: it can be killed") {
  spec::in_process([]() -> process {
    auto [spinner, watch] = spawn_monitor([]() -> process {
      while (true)
        co_await receive([](wanted) {}, after(0s));
    });
    exit(spinner, reason::kill);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
  });
}
