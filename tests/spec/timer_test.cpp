// Timers: send_after, start_timer, send_at, cancel_timer, read_timer. semantics.md 3.8
#include "eventually.hpp"

namespace {

struct tick {
  int n = 0;
};

}  // namespace

TEST_CASE("C112 send_after delivers once, not early") {
  spec::in_process([]() -> process {
    const auto before = now();
    const timer_ref timer = send_after(10ms, self(), tick{1});
    CHECK(timer);
    const tick t = co_await receive<tick>();
    CHECK(now() - before >= 10ms);
    CHECK(t.n == 1);
    const std::optional<tick> again = co_await receive<tick>(within(15ms));
    CHECK_FALSE(again);
  });
}

TEST_CASE("C112 start_timer delivers timer_fired with its reference and the message") {
  spec::in_process([]() -> process {
    const timer_ref first = start_timer(2ms, self(), tick{1});
    const timer_ref second = start_timer(1ms, self(), "text");
    CHECK(first != second);
    const auto t = co_await receive<timer_fired<tick>>();
    CHECK(t.timer == first);
    CHECK(t.message.n == 1);
    const auto s = co_await receive<timer_fired<std::string>>();
    CHECK(s.timer == second);
    CHECK(s.message == "text");
  });
}

TEST_CASE("under virtual time a timer fires exactly at its time") {
  spec::in_simulation(3, []() -> process {
    for (const auto limit : {0ns, 1ns, 999ns, 1'000ns, 1'000'000ns, 86'400'000'000'000ns}) {
      const auto before = now();
      send_after(limit, self(), tick{});
      (void)co_await receive<tick>();
      CHECK(now() - before == limit);
    }
  });
}

TEST_CASE("C028 send_after of 0 is asynchronous: a direct send is not overtaken") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 100; ++i) {
      send_after(0s, self(), tick{1});
      send(self(), tick{2});
      const tick first = co_await receive<tick>();
      const tick second = co_await receive<tick>();
      REQUIRE(first.n == 2);
      REQUIRE(second.n == 1);
    }
  });
}

TEST_CASE("C113 cancel before expiry: what was left, in (0, T], and no message ever; then cancel and read are empty") {
  spec::in_process([]() -> process {
    const timer_ref timer = send_after(1s, self(), tick{});  // long enough to be cancelled in
    const auto read = read_timer(timer);
    REQUIRE(read);
    CHECK(*read > 0ns);
    CHECK(*read <= 1s);
    const auto left = cancel_timer(timer);
    REQUIRE(left);
    CHECK(*left > 0ns);
    CHECK(*left <= *read);
    CHECK_FALSE(cancel_timer(timer));
    CHECK_FALSE(read_timer(timer));
    const std::optional<tick> t = co_await receive<tick>(within(1030ms));
    CHECK_FALSE(t);
  });
}

TEST_CASE("C113 exactly one of the message and a cancelled remainder") {
  spec::in_process([]() -> process {
    int delivered = 0, cancelled = 0;
    for (int i = 0; i < 200; ++i) {
      const timer_ref timer = send_after(std::chrono::microseconds(500 + i % 7 * 100), self(), tick{i});
      co_await sleep(std::chrono::microseconds(500 + i % 11 * 50));
      if (cancel_timer(timer)) {
        ++cancelled;
        const std::optional<tick> t = co_await receive<tick>(within(0s));
        REQUIRE_FALSE(t);
      } else {
        const std::optional<tick> t = co_await receive<tick>(within(10s));
        REQUIRE(t);
        REQUIRE(t->n == i);
        ++delivered;
      }
    }
    CHECK(delivered + cancelled == 200);
  });
}

TEST_CASE("a cancelled timer's message is destroyed") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    const timer_ref timer = send_after(10s, self(), token);
    CHECK(token.use_count() == 2);
    CHECK(cancel_timer(timer));
    co_await spec::eventually([&] { return token.use_count() == 1; });  // the scheduler that keeps the timer may need a moment
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("C114 timers of 0, 10, 20, 30 ms armed in another order fire in the order of time") {
  spec::in_process([]() -> process {
    const auto start = now();
    for (int n : {2, 0, 3, 1})
      send_at(start + n * 10ms, self(), tick{n});
    for (int n = 0; n < 4; ++n) {
      const tick t = co_await receive<tick>();
      CHECK(t.n == n);
    }
  });
}

TEST_CASE("C115 cancel and read of an unknown or a fired timer are empty") {
  spec::in_process([]() -> process {
    CHECK_FALSE(cancel_timer(timer_ref{}));
    CHECK_FALSE(read_timer(timer_ref{}));
    const timer_ref timer = send_after(1ms, self(), tick{});
    (void)co_await receive<tick>();
    CHECK_FALSE(read_timer(timer));
    CHECK_FALSE(cancel_timer(timer));
  });
}

TEST_CASE("C115 negative times are errors, and nothing is armed") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    CHECK_THROWS_AS(send_after(-1ms, self(), token), std::invalid_argument);
    CHECK_THROWS_AS(start_timer(-1ns, self(), token), std::invalid_argument);
    CHECK_THROWS_AS(send_every(-1ms, self(), token), std::invalid_argument);
    CHECK_THROWS_AS(send_every(0ms, self(), token), std::invalid_argument);
    bool thrown = false;
    try {
      co_await sleep(-1ms);
    } catch (const std::invalid_argument&) {
      thrown = true;
    }
    CHECK(thrown);
    CHECK(token.use_count() == 1);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("C120 another process can read and cancel a timer") {
  spec::in_process([]() -> process {
    const timer_ref timer = send_after(10s, self(), tick{});
    spawn([timer, to = self()] {
      const bool running = read_timer(timer).has_value();
      const bool cancelled = cancel_timer(timer).has_value();
      send(to, std::pair(running, cancelled));
    });
    const auto [running, cancelled] = co_await receive<std::pair<bool, bool>>();
    CHECK(running);
    CHECK(cancelled);
    CHECK_FALSE(read_timer(timer));
  });
}

TEST_CASE("C122 timers of 2^31 and 2^33 ms: read is close to the value") {
  spec::in_process([]() -> process {
    for (const std::int64_t ms : {std::int64_t{1} << 31, std::int64_t{1} << 32, std::int64_t{1} << 33}) {
      const timer_ref timer = send_after(std::chrono::milliseconds(ms), self(), tick{});
      const auto left = read_timer(timer);
      REQUIRE(left);
      CHECK(*left <= std::chrono::milliseconds(ms));
      CHECK(*left > std::chrono::milliseconds(ms) - 10s);
      CHECK(cancel_timer(timer));
    }
    const timer_ref far = send_after(std::chrono::hours::max(), self(), tick{});
    const timer_ref never = send_after(infinity, self(), tick{});
    CHECK(cancel_timer(far));
    CHECK(cancel_timer(never));
    co_return;
  });
}

TEST_CASE("C124 send_at fires at that time; one in the past at once") {
  spec::in_process([]() -> process {
    const auto when = now() + 10ms;
    send_at(when, self(), tick{2});
    send_at(now() - 10s, self(), tick{1});
    const tick first = co_await receive<tick>();
    CHECK(first.n == 1);
    const tick second = co_await receive<tick>();
    CHECK(second.n == 2);
    CHECK(now() >= when);
  });
}

TEST_CASE("a timer to a name looks it up when it fires; nobody there is no error") {
  spec::in_process([]() -> process {
    send_after(1s, "spec later", tick{1});  // long enough to register the name in
    send_after(1ms, "spec never", tick{2});
    register_name("spec later", self());
    const tick t = co_await receive<tick>();
    CHECK(t.n == 1);
    unregister_name("spec later");
    start_timer(1ms, std::string("spec later"), tick{3});
    co_await sleep(5ms);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("a timer to a process is cancelled when that dies, and at once when it is dead") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const auto token = std::make_shared<const int>(1);
    const timer_ref timer = send_after(10s, p, token);
    CHECK(read_timer(timer));
    exit(p, reason::kill);
    (void)co_await spec::end_of(p);
    CHECK_FALSE(read_timer(timer));
    CHECK_FALSE(cancel_timer(timer));
    const timer_ref late = send_after(10s, p, token);
    CHECK_FALSE(read_timer(late));
    co_await spec::eventually([&] { return token.use_count() == 1; });
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("the death of who armed a timer changes nothing") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()] { send_after(5ms, to, tick{1}); });
    (void)co_await receive<down>(watch);
    const tick t = co_await receive<tick>();
    CHECK(t.n == 1);
  });
}

TEST_CASE("a timer's message may be move-only") {
  spec::in_process([]() -> process {
    send_after(1ms, self(), std::make_unique<int>(3));
    const auto m = co_await receive<std::unique_ptr<int>>();
    CHECK(*m == 3);
    start_timer(1ms, self(), std::make_unique<int>(4));
    const auto fired = co_await receive<timer_fired<std::unique_ptr<int>>>();
    CHECK(*fired.message == 4);
  });
}

TEST_CASE("a burst of 10 000 timers for one instant all fire, and other processes run meanwhile") {
  spec::in_process([]() -> process {
    const auto when = now() + 5ms;
    for (int n = 0; n < 10'000; ++n)
      send_at(when, self(), tick{n});
    std::vector<bool> seen(10'000);
    for (int n = 0; n < 10'000; ++n) {
      const tick t = co_await receive<tick>();
      REQUIRE_FALSE(seen[static_cast<std::size_t>(t.n)]);
      seen[static_cast<std::size_t>(t.n)] = true;
    }
    CHECK(now() >= when);
  });
}

TEST_CASE("timers to those who die meanwhile leave nothing behind") {
  const auto body = []() -> process {
    constexpr int deaths = spec::sized(5000, 500);
    const std::size_t before = inspect_runtime().timers;
    for (int i = 0; i < deaths; ++i) {
      const auto [target, end] = spawn_monitor([]() -> process { co_await receive<int>(); });
      const auto [arming, armed] = spawn_monitor([to = target] { send_after(1h, to, 1); });
      send(target, 1);
      (void)co_await receive<down>(end);
      (void)co_await receive<down>(armed);
    }
    CHECK(inspect_runtime().timers == before);
  };
  spec::in_run(run_options{.schedulers = 2, .grace = 50ms}, body);
  spec::in_simulation(3, body);
}
