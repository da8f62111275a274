// simulate_options::work: turns that take virtual time.
#include "child.hpp"
#include "spec.hpp"

#include <set>

namespace {

struct query {
  using reply = int;
};

task<exit_reason> answer() {
  return serve([](query) { return 1; });
}

// Ten calls in a row, begun together with a killer that sleeps for a moment. How far they came.
process client_and_killer(std::shared_ptr<int> done) {
  const pid server = spawn(answer);
  auto [client, watch] = spawn_monitor([=]() -> process {
    for (*done = 0; *done < 10; ++*done)
      co_await call(server, query{});
    co_await sleep(1s);
  });
  spawn([client = client]() -> process {
    co_await sleep(100us);
    exit(client, reason::kill);
  });
  co_await receive<down>(watch);
}

std::set<int> how_far(simulate_options options, std::size_t seeds = 200) {
  std::set<int> all;
  for_each_seed(seeds, [&](auto seed) {
    const auto done = std::make_shared<int>(0);
    options.seed = seed;
    simulate(options, client_and_killer, done);
    all.insert(*done);
  });
  return all;
}

}  // namespace

TEST_CASE("a killer that sleeps meets work in progress when calls take time, and never when they take none") {
  CHECK(how_far({}) == std::set<int>{10});
  const std::set<int> interrupted = how_far({.work = {.average = 10us, .spread = 10us}});
  CHECK(interrupted.size() >= 5);
  CHECK(*interrupted.begin() < 10);
}

TEST_CASE("work: without spread each turn takes the average") {
  const auto info = simulate({.strategy = simulate_strategy::exhaustive, .bound = 0, .work = {.average = 3ms}}, []() -> process {
    const auto begin = now();
    for (int i = 0; i < 10; ++i) {
      send(self(), i);
      co_await receive<int>();  // within the turn
    }
    CHECK(now() == begin);
    co_await sleep(1s);
    CHECK(now() == begin + 1s + 3ms);
  });
  CHECK(info.virtual_time == 1s + 2 * 3ms);
}

TEST_CASE("work: turns take between average - spread and average + spread, the average on average") {
  for (const auto strategy : {simulate_strategy::random, simulate_strategy::priorities, simulate_strategy::delays}) {
    auto least = std::chrono::nanoseconds::max(), most = std::chrono::nanoseconds::min(), sum = 0ns;
    constexpr int turns = 1000;
    simulate({.strategy = strategy, .work = {.average = 1ms, .spread = 300us}}, [&]() -> process {
      for (int i = 0; i < turns; ++i) {
        const auto before = now();
        co_await yield();
        least = std::min(least, now() - before);
        most = std::max(most, now() - before);
        sum += now() - before;
      }
    });
    CHECK(least >= 700us);
    CHECK(least < 720us);
    CHECK(most <= 1300us);
    CHECK(most > 1280us);
    CHECK(sum > turns * 970us);
    CHECK(sum < turns * 1030us);
  }
}

TEST_CASE("work: blocking work takes time, too, and a timer may fire before it is done") {
  std::set<std::string> outcomes;
  for_each_seed(100, [&](auto seed) {
    simulate({.seed = seed, .work = {.average = 1ms, .spread = 1ms}}, [&]() -> process {
      const auto begin = now();
      send_after(1ms, self(), 'x');
      co_await blocking([] {});
      CHECK(now() > begin);
      outcomes.insert((co_await inspect(self()))->mailbox_length == 0 ? "work first" : "timer first");
    });
  });
  CHECK(outcomes == std::set<std::string>{"timer first", "work first"});
}

TEST_CASE("work: one seed is one run, under every strategy, also with faults") {
  for (const auto strategy : {simulate_strategy::random, simulate_strategy::priorities, simulate_strategy::delays}) {
    std::set<std::uint64_t> different;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      const simulate_options options{.seed = seed,
                                     .strategy = strategy,
                                     .split_sends = true,
                                     .faults = {.kill = 0.01, .delay = 0.1},
                                     .work = {.average = 10us, .spread = 5us}};
      const auto first = simulate(options, client_and_killer, std::make_shared<int>());
      const auto second = simulate(options, client_and_killer, std::make_shared<int>());
      CHECK(first.trace_hash == second.trace_hash);
      CHECK(first.virtual_time == second.virtual_time);
      different.insert(first.trace_hash);
    }
    CHECK(different.size() > 25);
  }
}

TEST_CASE("work: what is left at the end takes no time") {
  const auto info = simulate({.work = {.average = 1h}}, [] {
    for (int i = 0; i < 10; ++i)
      spawn([]() -> process {
        trap_exits();
        co_await receive<int>();
      });
  });
  CHECK(info.virtual_time <= 11h);
}

TEST_CASE("work: exhaustive tries the average, the least and the most") {
  std::set<std::int64_t> times;
  const auto info =
      simulate({.strategy = simulate_strategy::exhaustive, .bound = 2, .work = {.average = 2ms, .spread = 1ms}}, [&]() -> process {
        const auto begin = now();
        co_await yield();
        times.insert((now() - begin).count());
      });
  CHECK(info.complete);
  CHECK(times == std::set<std::int64_t>{1'000'000, 2'000'000, 3'000'000});
}

TEST_CASE("work: negative times and a spread above the average are refused") {
  CHECK_THROWS_AS(simulate({.work = {.average = -1ns}}, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(simulate({.work = {.average = 1ms, .spread = 2ms}}, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(simulate({.work = {.average = 1ms, .spread = -1ms}}, [] {}), std::invalid_argument);
}

TEST_CASE("work: a failure that needs it is replayed and shrunk to the times that matter") {
  const char* me = "work: a failure that needs it is replayed and shrunk to the times that matter";
  if (spec::in_child()) {
    for_each_seed(1000, [](auto seed) {
      simulate({.seed = seed, .work = {.average = 1ms, .spread = 1ms}}, []() -> process {
        spawn([to = self()]() -> process {
          for (int i = 0; i < 5; ++i)
            co_await yield();
          send(to, 'x');
        });
        if (!(co_await receive<char>(within(6ms))))
          throw std::runtime_error("too slow");
      });
    });
    return;
  }
  const spec::child_result found = spec::run_child(me);
  CHECK(found.exit_status != 0);
  CHECK(spec::contains(found.output, "too slow"));
  const auto at = found.output.find("BROOD_SEED=");
  REQUIRE(at != std::string::npos);
  const std::string seed = std::to_string(std::strtoull(found.output.c_str() + at + 11, nullptr, 10));
  const spec::child_result again = spec::run_child(me, {{"BROOD_SEED", seed}});
  CHECK(again.exit_status != 0);
  CHECK(again.output.substr(again.output.find("brood: what")) == found.output.substr(found.output.find("brood: what")));
  INFO(found.output);
  const auto with = found.output.find("with ");
  REQUIRE(with != std::string::npos);
  CHECK(std::atoi(found.output.c_str() + with + 5) <= 8);
}
