// Asynchronous cancel and read, absolute start_timer, exit signals later.
#include "spec.hpp"

namespace {
struct tick {};
}  // namespace

TEST_CASE("C121 an asynchronous cancel answers later with what was left; without info nothing comes") {
  spec::in_process([]() -> process {
    const timer_ref t = send_after(1h, self(), tick{});
    read_timer_async(t);
    const timer_read r = co_await receive<timer_read>();
    CHECK(r.timer == t);
    REQUIRE(r.left);
    CHECK(*r.left > 59min);
    cancel_timer_async(t);
    const timer_cancelled c = co_await receive<timer_cancelled>();
    CHECK(c.timer == t);
    REQUIRE(c.left);
    CHECK(*c.left <= 1h);
    cancel_timer_async(t);
    const timer_cancelled again = co_await receive<timer_cancelled>();
    CHECK_FALSE(again.left);
    const timer_ref quiet = send_after(1h, self(), tick{});
    cancel_timer_async(quiet, {.info = false});
    CHECK_FALSE(read_timer(quiet));
    const auto none = co_await receive<any_message>(within(1ms));
    CHECK_FALSE(none);
  });
}

TEST_CASE("C124 start_timer_at fires at the absolute time, with its reference") {
  spec::in_process([]() -> process {
    const auto when = now() + 5ms;
    const timer_ref t = start_timer_at(when, self(), tick{});
    const auto fired = co_await receive<timer_fired<tick>>();
    CHECK(fired.timer == t);
    CHECK(now() >= when);
  });
}

TEST_CASE("exit_after and kill_after send exit signals, unless they are cancelled") {
  spec::in_process([]() -> process {
    auto [a, watch_a] = spawn_monitor(spec::idle);
    auto [b, watch_b] = spawn_monitor([]() -> process {
      trap_exits();
      co_await sleep(infinity);
    });
    auto [c, watch_c] = spawn_monitor(spec::idle);
    exit_after(1ms, a, exit_reason("late"));
    kill_after(1ms, b);
    const timer_ref never = exit_after(1s, c, exit_reason("never"));  // long enough to be cancelled in
    CHECK(cancel_timer(never));
    down d = co_await receive<down>(watch_a);
    CHECK(d.why == exit_reason("late"));
    co_await sleep(1005ms);
    const bool alive = co_await is_alive(c);
    CHECK(alive);
    exit(c, reason::kill);
    d = co_await receive<down>(watch_b);
    CHECK(d.who == b);
    CHECK_THROWS_AS(exit_after(-1s, c, reason::shutdown), std::invalid_argument);
  });
}

TEST_CASE("C097 there are no tags: the type takes their place, and flush takes only that monitor's DOWN") {
  spec::in_process([]() -> process {
    const pid p = co_await spec::dead_process();
    const monitor_ref a = monitor(p), b = monitor(p);
    co_await receive(after(0s));  // takes in what has arrived
    CHECK_FALSE(demonitor(a, {.flush = true, .info = true}));
    const down d = co_await receive<down>();
    CHECK(d.monitor == b);
    const auto none = co_await receive<down>(within(0s));
    CHECK_FALSE(none);
  });
}

TEST_CASE("a monitor by name may be an alias, too") {
  spec::in_process([]() -> process {
    const pid p = spawn(spawn_options{.name = "spec aliased"}, []() -> process {
                    const monitor_ref to = co_await receive<monitor_ref>();
                    send(to, tick{});
                    send(to, tick{});
                    co_await sleep(infinity);
                  }).process;
    const monitor_ref m = monitor("spec aliased", {.alias = alias_until::replied});
    send(p, m);
    co_await receive<tick>();
    const bool alive = co_await is_alive(p);
    CHECK(alive);
    const auto second = co_await receive<tick>(within(0s));
    CHECK_FALSE(second);
    exit(p, reason::kill);
    const auto ended = co_await receive<down>(m, within(5ms));
    CHECK_FALSE(ended);  // the reply took the monitor along
  });
}
