// Aimed kills: whom simulate_faults::kill may hit, and from when on.
#include "spec.hpp"

#include <set>

namespace {

// Three sleep, each under a label, and say how they end.
process labelled(std::shared_ptr<std::set<std::string>> killed) {
  std::vector<monitor_ref> watches;
  const auto names = {"a", "b", "c"};
  for (const char* name : names)
    watches.push_back(spawn_monitor([name]() -> process {
                        set_label(name);
                        for (int i = 0; i < 5; ++i)
                          co_await sleep(1s);
                      }).monitor);
  for (const char* name : names) {
    const exit_reason why = co_await spec::end_of(watches[static_cast<std::size_t>(*name - 'a')]);
    if (why == reason::killed)
      killed->insert(name);
  }
}

bool labelled_b(const process_info& p) { return p.label == "b"; }

}  // namespace

TEST_CASE("kill_if: only processes of whom it is true are killed") {
  const auto killed = std::make_shared<std::set<std::string>>();
  for_each_seed(200, simulation_counts{.kills = 50},
                [&](auto seed) { simulate({.seed = seed, .faults = {.kill = 0.1, .kill_if = labelled_b}}, labelled, killed); });
  CHECK(*killed == std::set<std::string>{"b"});
  killed->clear();
  for_each_seed(200, [&](auto seed) { simulate({.seed = seed, .faults = {.kill = 0.1}}, labelled, killed); });
  CHECK(*killed == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("kill_if sees name, function, place and whether a process waits; it is asked outside of any process") {
  std::set<std::string> names;
  int waiting = 0;
  bool inside = false;
  for_each_seed(20, [&](auto seed) {
    const auto aim = [&](const process_info& p) {
      names.insert(p.name);
      waiting += p.waits && spec::contains(p.waits->file, "simulate_aim_test.cpp");
      inside |= p.status == process_status::running;
      CHECK(spec::contains(p.function, "simulate_aim_test.cpp"));
      CHECK_THROWS_AS(self(), not_a_process);
      return false;
    };
    const auto info = simulate({.seed = seed, .faults = {.kill = 0.5, .kill_if = aim}}, []() -> process {
      spawn(spawn_options{.name = "victim"}, []() -> process { co_await sleep(infinity); });
      co_await sleep(1s);
      co_await sleep(1s);
    });
    CHECK(info.injected.kills == 0);
  });
  CHECK(names == std::set<std::string>{"victim"});
  CHECK(waiting > 0);
  CHECK_FALSE(inside);
}

TEST_CASE("kill_if: what it throws leaves simulate") {
  const auto aim = [](const process_info&) -> bool { throw std::out_of_range("no aim"); };
  CHECK_THROWS_AS(simulate({.faults = {.kill = 1, .kill_if = aim}, .explain = false},
                           []() -> process {
                             spawn(spec::idle);
                             co_await sleep(1s);
                           }),
                  std::out_of_range);
}

TEST_CASE("kill_only_started: a process is not killed before its function was called") {
  const auto begun_of = [](bool only_started) {
    std::size_t killed = 0, begun = 0;
    for_each_seed(200, [&](auto seed) {
      simulate({.seed = seed, .faults = {.kill = 0.3, .kill_only_started = only_started}}, [&]() -> process {
        auto [child, watch] = spawn_monitor([&]() -> process {
          ++begun;
          co_await sleep(1s);
        });
        const exit_reason why = co_await spec::end_of(watch);
        killed += why == reason::killed;
      });
    });
    CHECK(killed > 20);
    return begun;
  };
  CHECK(begun_of(true) == 200);
  CHECK(begun_of(false) < 200);
}

TEST_CASE("kill_only_started: a start that somebody waits for is not cut short") {
  const auto failures_of = [](bool only_started) {
    int failures = 0;
    const auto info = for_each_seed(200, [&](auto seed) {
      simulate({.seed = seed, .faults = {.kill = 0.2, .kill_only_started = only_started}}, [&]() -> process {
        const auto server = []() -> process {
          for (int i = 0; i < 5; ++i)
            co_await yield();  // its start takes a while
          init_ack();
          co_await sleep(1s);
        };
        const auto started = co_await start(server);
        failures += !started;
        co_await sleep(2s);
      });
    });
    CHECK(info.injected.kills > 20);
    return failures;
  };
  CHECK(failures_of(true) == 0);
  CHECK(failures_of(false) > 0);
}

TEST_CASE("aimed kills: one seed is one run, under every strategy") {
  for (const auto strategy : {simulate_strategy::random, simulate_strategy::priorities, simulate_strategy::delays}) {
    simulation_counts injected;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      const simulate_options options{
          .seed = seed, .strategy = strategy, .faults = {.kill = 0.1, .kill_if = labelled_b, .kill_only_started = true}};
      const auto first = simulate(options, labelled, std::make_shared<std::set<std::string>>());
      const auto second = simulate(options, labelled, std::make_shared<std::set<std::string>>());
      CHECK(first.trace_hash == second.trace_hash);
      CHECK(first.injected == second.injected);
      injected += first.injected;
    }
    CHECK(injected.kills > 10);
  }
}

TEST_CASE("an aim that never kills leaves each run as it is without, but for its decisions to kill") {
  const auto text_of_run = [](simulate_faults faults) {
    std::string text;
    simulate({.strategy = simulate_strategy::exhaustive, .bound = 0, .faults = faults}, [&]() -> process {
      for (int i = 0; i < 3; ++i)
        spawn([to = self(), i] { send(to, i); });
      for (int i = 0; i < 3; ++i)
        text += std::to_string(co_await receive<int>());
    });
    return text;
  };
  CHECK(text_of_run({.kill = 0.5, .kill_if = [](const process_info&) { return false; }}) == text_of_run({}));
}
