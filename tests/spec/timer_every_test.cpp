// send_every, the clock, and time_limit.
#include "eventually.hpp"

#include <type_traits>

namespace {

struct tick {
  int n = 0;
};

}  // namespace

TEST_CASE("C125 send_every ticks at every interval until it is cancelled") {
  spec::in_simulation(3, []() -> process {
    const auto before = now();
    const timer_ref timer = send_every(10ms, self(), tick{7});
    for (int n = 1; n <= 5; ++n) {
      const tick t = co_await receive<tick>();
      CHECK(t.n == 7);
      CHECK(now() - before == n * 10ms);
    }
    const auto left = cancel_timer(timer);
    REQUIRE(left);
    CHECK(*left > 0ns);
    CHECK(*left <= 10ms);
    const std::optional<tick> t = co_await receive<tick>(within(1s));
    CHECK_FALSE(t);
    CHECK_FALSE(read_timer(timer));
  });
}

TEST_CASE("C125 send_every does not drift, however late its receiver is") {
  spec::in_simulation(3, []() -> process {
    const auto before = now();
    const timer_ref timer = send_every(10ms, self(), tick{});
    co_await sleep(35ms);
    for (int n = 0; n < 3; ++n) {
      const std::optional<tick> t = co_await receive<tick>(within(0s));
      CHECK(t);
    }
    (void)co_await receive<tick>();
    CHECK(now() - before == 40ms);
    cancel_timer(timer);
  });
}

TEST_CASE("C125 on real schedulers n ticks take at least n intervals") {
  spec::in_run([]() -> process {
    const auto before = now();
    const timer_ref timer = send_every(2ms, self(), tick{});
    for (int n = 1; n <= 5; ++n) {
      (void)co_await receive<tick>();
      REQUIRE(now() - before >= n * 2ms);
    }
    CHECK(cancel_timer(timer));
  });
}

TEST_CASE("C125 send_every stops when its target dies") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([]() -> process {
      for (int n = 0; n < 3; ++n)
        (void)co_await receive<std::shared_ptr<const int>>();
    });
    const auto token = std::make_shared<const int>(1);
    const timer_ref timer = send_every(1ms, p, token);
    (void)co_await receive<down>(watch);
    CHECK_FALSE(read_timer(timer));
    co_await spec::eventually([&] { return token.use_count() == 1; });
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("the clock is steady") {
  static_assert(std::is_same_v<process_clock::duration, std::chrono::nanoseconds>);
  spec::in_process([]() -> process {
    process_clock::time_point last = now();
    for (int i = 0; i < 100; ++i) {
      co_await yield();
      const process_clock::time_point next = now();
      REQUIRE(next >= last);
      last = next;
    }
    co_await sleep(2ms);
    CHECK(now() - last >= 2ms);
  });
}

TEST_CASE("virtual time passes only while all wait") {
  spec::in_simulation(3, []() -> process {
    const auto before = now();
    co_await sleep(1000h);
    CHECK(now() - before == 1000h);
    send_after(1ms, self(), tick{});
    (void)co_await receive<tick>();
    CHECK(now() - before == 1000h + 1ms);
  });
}

TEST_CASE("every time parameter takes any duration, fractions and infinity") {
  static_assert(std::is_convertible_v<std::chrono::hours, time_limit>);
  static_assert(std::is_convertible_v<std::chrono::nanoseconds, time_limit>);
  static_assert(std::is_convertible_v<std::chrono::duration<double>, time_limit>);
  static_assert(std::is_convertible_v<std::remove_cvref_t<decltype(infinity)>, time_limit>);
  static_assert(!std::is_convertible_v<int, time_limit>);
  spec::in_process([]() -> process {
    co_await sleep(0.5ms);
    co_await receive(after(0.5ms));
    const std::optional<tick> none = co_await receive<tick>(within(std::chrono::duration<double, std::micro>(1.5)));
    CHECK_FALSE(none);
    cancel_timer(send_after(1e300h, self(), tick{}));
    const timer_ref soon = send_after(0.1ms, self(), tick{});
    (void)soon;
    (void)co_await receive<tick>();
  });
}

TEST_CASE("sleep lasts its time though messages arrive, and takes none") {
  spec::in_simulation(3, []() -> process {
    for (int n = 0; n < 5; ++n)
      send_after(n * 10ms, self(), tick{n});
    const auto before = now();
    co_await sleep(100ms);
    CHECK(now() - before == 100ms);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 5);
  });
}

TEST_CASE("yield lets others run") {
  spec::in_process([]() -> process {
    auto flag = spec::make_flag();
    spawn([flag] { flag->store(true); });
    while (!flag->load())
      co_await yield();
  });
}
