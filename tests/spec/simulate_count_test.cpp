// What a simulation tells of what was injected: a test in which nothing happened must not look like one that held.
#include "spec.hpp"

namespace {

// Waits and goes on, whatever befalls it; enough for every kind of injection.
process much() {
  trap_exits();
  for (int i = 0; i < 3; ++i)
    spawn([to = self()]() -> process {
      for (int k = 0; k < 4; ++k) {
        send(to, k);
        send(to, 'x');
        co_await sleep(1ms);
      }
    });
  for (int i = 0; i < 12; ++i) {
    try {
      (void)co_await receive<int>(within(10ms));
      (void)co_await blocking([] { return 1; });
    } catch (const std::exception&) {  // bad_alloc, system_error
    }
  }
}

simulation_info sum_of(simulate_options options, std::size_t seeds = 100) {
  const spec::collected_reports unread;  // of those that had no memory
  return for_each_seed(seeds, [&](auto seed) {
    options.seed = seed;
    simulate(options, [] { spawn(much); });
    options.seed = seed + 1;
    simulate(options, much);
  });
}

}  // namespace

TEST_CASE("each kind of injection is counted where it is asked for, and only there") {
  const simulation_counts plain = sum_of({}).injected;
  CHECK(plain.interruptions > 0);
  CHECK(plain.short_turns > 0);
  CHECK(plain.partial_intakes > 0);
  CHECK(plain.reorderings > 0);
  CHECK(plain.kills + plain.delays + plain.allocation_failures + plain.blocking_failures + plain.split_sends == 0);
  CHECK(plain.held_signals == 0);
  CHECK(plain.total() == plain.interruptions + plain.short_turns + plain.partial_intakes + plain.reorderings);

  CHECK(sum_of({.interleave = false}).injected.interruptions == 0);
  CHECK(sum_of({.faults = {.kill = 0.05}}).injected.kills > 0);
  CHECK(sum_of({.faults = {.allocation = 0.05}}).injected.allocation_failures > 0);
  CHECK(sum_of({.faults = {.blocking = 0.05}}).injected.blocking_failures > 0);
  const simulation_counts late = sum_of({.faults = {.delay = 0.2}}).injected;
  CHECK(late.delays > 0);
  CHECK(late.held_signals >= late.delays);
  const simulation_counts split = sum_of({.split_sends = true}).injected;
  CHECK(split.split_sends > 0);
  CHECK(split.held_signals >= split.split_sends);
}

TEST_CASE("a run first come first served injects nothing, and says so") {
  const auto info = simulate({.strategy = simulate_strategy::exhaustive, .bound = 0}, much);
  CHECK(info.injected == simulation_counts{});
  CHECK(to_string(info.injected) == "nothing");
  CHECK(to_string(simulation_counts{.kills = 2, .held_signals = 1}) == "2 kills, 1 held signals");
}

TEST_CASE("a kill is counted once for a process that lives, never for one that is dead") {
  // Nobody but the first process lives from the second millisecond on.
  const auto info = simulate({.faults = {.kill = 1}}, []() -> process {
    spawn([] {});
    co_await sleep(1ms);
    for (int i = 0; i < 100; ++i)
      co_await yield();
  });
  CHECK(info.injected.kills <= 1);
}

TEST_CASE("for_each_seed returns the sum over all simulations of all seeds") {
  simulation_info expected;
  const simulation_info sum = for_each_seed(20, [&](auto seed) {
    for (const double delay : {0.0, 0.2}) {
      const auto info = simulate({.seed = seed, .faults = {.delay = delay}}, much);
      expected.schedules += info.schedules;
      expected.steps += info.steps;
      expected.injected += info.injected;
      expected.virtual_time += info.virtual_time;
    }
  });
  CHECK(sum.schedules == 40);
  CHECK(sum.schedules == expected.schedules);
  CHECK(sum.steps == expected.steps);
  CHECK(sum.injected == expected.injected);
  CHECK(sum.virtual_time == expected.virtual_time);
  CHECK(sum.virtual_time > 0ns);
  CHECK(sum.trace_hash != 0);
}

TEST_CASE("for_each_seed counts simulations that fail when the body expects it") {
  const auto info = for_each_seed(10, [](auto seed) {
    CHECK_THROWS_AS(simulate({.seed = seed, .explain = false}, [] { throw std::runtime_error("expected"); }), std::runtime_error);
  });
  CHECK(info.schedules == 10);
}

TEST_CASE("for_each_seed fails when less was injected than it demands, and names what was missing") {
  const auto with = [](double kill) { return [kill](auto seed) { simulate({.seed = seed, .faults = {.kill = kill}}, much); }; };
  CHECK_NOTHROW(for_each_seed(50, simulation_counts{.kills = 5}, with(0.1)));
  CHECK_THROWS_MATCHES(for_each_seed(50, simulation_counts{.kills = 5, .delays = 1}, with(0)), simulation_failed,
                       Catch::Matchers::Message("brood: 50 seeds injected too little: 0 of 5 kills, 0 of 1 delays"));
}

TEST_CASE("a signal after a kill is delayed like any other") {
  // Under this fault everything that a process sends to another is held. A message made where the kill's signal had lain was not.
  const auto info = for_each_seed(50, [](auto seed) {
    const auto one = simulate(
        {.seed = seed, .faults = {.kill = 0.2, .delay = 1, .kill_if = [](const process_info& p) { return p.label != "sink"; }}},
        []() -> process {
          const pid sink = spawn([]() -> process {
            set_label("sink");
            co_await sleep(infinity);
          });
          for (int i = 0; i < 20; ++i)
            spawn(spec::idle);
          for (int i = 0; i < 50; ++i) {
            co_await yield();
            send(sink, exited{});
          }
        });
    CHECK(one.injected.held_signals == 50);
  });
  CHECK(info.injected.kills > 50);
}
