// simulate: one thread, a schedule from the seed, a clock that jumps; the same seed is the same run.
#include "cpu_clock.hpp"
#include "spec.hpp"

#include <set>
#include <thread>

namespace {

struct ping {
  pid from;
};
struct pong {};

process ponger() {
  while (true) {
    const ping m = co_await receive<ping>();
    send(m.from, pong{});
  }
}
process pinger(int rounds) {
  const pid p = spawn(ponger);
  for (int i = 0; i < rounds; ++i) {
    send(p, ping{self()});
    co_await receive<pong>();
  }
}

// What a body that writes to its log wrote, under each of so many seeds.
template <class Body>
std::set<std::string> all_outcomes(std::size_t seeds, Body body, simulate_options options = {}) {
  std::set<std::string> outcomes;
  for_each_seed(seeds, [&](auto seed) {
    auto log = std::make_shared<std::string>();
    options.seed = seed;
    simulate(options, [=]() -> process { return body(log); });
    outcomes.insert(*log);
  });
  return outcomes;
}
using written = std::shared_ptr<std::string>;

}  // namespace

TEST_CASE("simulate runs f with its arguments on the calling thread") {
  std::vector<std::thread::id> threads;
  simulate(
      [&](int a, std::string b) -> process {
        threads.push_back(std::this_thread::get_id());
        CHECK(a == 1);
        CHECK(b == "two");
        co_await yield();
        threads.push_back(std::this_thread::get_id());
      },
      1, "two");
  CHECK(threads == std::vector<std::thread::id>(2, std::this_thread::get_id()));
}

TEST_CASE("simulate takes processes, tasks, plain functions, any integral seed, options") {
  int runs = 0;
  simulate([&]() -> process {
    ++runs;
    co_return;
  });
  simulate([&]() -> task<int> { co_return ++runs; });
  simulate([&] { ++runs; });
  simulate(7, [&] { ++runs; });
  simulate(7u, [&] { ++runs; });
  simulate(std::uint64_t{7}, [&] { ++runs; });
  simulate({.seed = 7, .schedulers = 1}, [&] { ++runs; });
  CHECK(runs == 7);
}

TEST_CASE("simulate: f and its arguments may be move-only") {
  simulate(
      [p = std::make_unique<int>(3)](std::unique_ptr<int> q) -> process {
        CHECK(*p + *q == 7);
        co_return;
      },
      std::make_unique<int>(4));
}

TEST_CASE("simulate: one seed is one run: pids, references, times and everything that happens") {
  const auto run = [](std::uint64_t seed) {
    std::string text;
    const auto info = simulate({.seed = seed}, [&]() -> process {
      for (int i = 0; i < 5; ++i)
        spawn([to = self(), i]() -> process {
          co_await yield();
          send(to, i);
        });
      co_await sleep(1s);
      text = to_string(self()) + to_string(make_ref()) + std::to_string(now().time_since_epoch().count());
      for (int i = 0; i < 5; ++i)
        text += std::to_string(co_await receive<int>());
    });
    return text + " " + std::to_string(info.trace_hash) + " " + std::to_string(info.steps);
  };
  std::set<std::string> different;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string fresh = run(seed);
    CHECK(run(seed) == fresh);
    simulate(seed + 1, pinger, 20);  // what ran in between does not matter
    spec::in_run([]() -> process { co_await spec::dead_process(); });
    CHECK(run(seed) == fresh);
    different.insert(fresh);
  }
  CHECK(different.size() > 15);
}

TEST_CASE("simulate: a virtual day takes no time, and is a day") {
  const auto begin = std::chrono::steady_clock::now();
  simulate([]() -> process {
    const auto before = now();
    co_await sleep(24h);
    CHECK(now() - before == 24h);
  });
  CHECK(std::chrono::steady_clock::now() - begin < 50ms);
}

TEST_CASE("simulate: a ping-pong of ten messages runs ten thousand times a second and more") {
  // brood-bench simulated_ping_pong has the figure; a machine that is busy otherwise, or a sanitizer, has room here.
  constexpr int schedules = spec::sized(10'000, 500);
  const auto begin = spec::cpu_clock::now();
  for_each_seed(schedules, [](auto seed) { simulate(seed, pinger, 5); });
  CHECK(spec::cpu_clock::now() - begin < 1s);
}

TEST_CASE("processes() under simulation costs what there is, not what an earlier run had") {
  simulate([]() -> process {
    std::vector<pid> all;
    for (int i = 0; i < spec::sized(200'000, 2'000); ++i)
      all.push_back(spawn(spec::idle));
    CHECK(processes().size() == all.size() + 1);
    co_return;
  });
  const auto begin = spec::cpu_clock::now();
  for_each_seed(spec::sized(10'000, 100), [](auto seed) {
    simulate(seed, []() -> process {
      spawn(spec::idle);
      CHECK(processes().size() == 2);
      co_return;
    });
  });
  CHECK(spec::cpu_clock::now() - begin < 50ms);
}

TEST_CASE("simulate: time stands still while anything can run, then jumps to the next timer") {
  for_each_seed(50, [](auto seed) {
    simulate(seed, []() -> process {
      const auto begin = now();
      spawn([to = self()]() -> process {
        for (int i = 0; i < 100; ++i)
          co_await yield();
        send(to, now());
      });
      send_after(10ms, self(), pong{});
      const auto done = co_await receive<process_clock::time_point>();
      CHECK(done == begin);
      co_await receive<pong>();
      CHECK(now() == begin + 10ms);
    });
  });
}

TEST_CASE("simulate: what f throws comes out unchanged, an exit as a failure with its reason") {
  struct special {
    int n;
  };
  try {
    simulate({.explain = false}, []() -> process {
      co_await yield();
      throw special{7};
    });
    FAIL("nothing was thrown");
  } catch (const special& s) {
    CHECK(s.n == 7);
  }
  CHECK_THROWS_WITH(simulate({.explain = false}, [] { exit(exit_reason("broke")); }),
                    Catch::Matchers::ContainsSubstring("ended with \"broke\""));
  CHECK_THROWS_AS(simulate({.explain = false}, [] { exit(reason::shutdown); }), simulation_failed);
  CHECK_NOTHROW(simulate([] { exit(reason::normal); }));
}

TEST_CASE("simulate: not while another runtime runs, nor inside itself; options are checked") {
  simulate([] { CHECK_THROWS_AS(simulate([] {}), std::logic_error); });
  spec::in_run([]() -> process {
    CHECK_THROWS_AS(simulate([] {}), std::logic_error);
    co_return;
  });
  CHECK_THROWS_AS(simulate({.schedulers = 0}, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(simulate({.schedulers = 9}, [] {}), std::invalid_argument);
}

TEST_CASE("simulate: at its end everybody is dead, every frame destroyed, every message, too") {
  auto token = std::make_shared<int>(0);
  for_each_seed(50, [&](auto seed) {
    simulate(seed, [=]() -> process {
      for (int i = 0; i < 3; ++i) {
        const pid p = spawn([=]() -> process {
          trap_exits();
          const auto kept = token;
          co_await receive<pong>();
        });
        send(p, token);
        send_after(1h, p, token);
      }
      send(self(), token);
      co_return;
    });
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("simulate: two senders, one receiver: every order that keeps each sender's") {
  const auto body = [](written log) -> process {
    for (const char* who : {"a", "b"})
      spawn([=, to = self()]() -> process {
        send(to, std::string(who) + "1");
        co_await yield();
        send(to, std::string(who) + "2");
      });
    for (int i = 0; i < 4; ++i)
      *log += co_await receive<std::string>();
  };
  CHECK(all_outcomes(300, body) == std::set<std::string>{"a1a2b1b2", "a1b1a2b2", "a1b1b2a2", "b1a1a2b2", "b1a1b2a2", "b1b2a1a2"});
}

TEST_CASE("simulate: a process may be interrupted between two sends, when told so") {
  const auto body = [](written log) -> process {
    // Two processes send to two others. Without interruptions the one that comes first is first at both.
    std::vector<pid> ears;
    for (int i = 0; i < 2; ++i)
      ears.push_back(spawn([to = self()]() -> process {
        const char first = co_await receive<char>();
        send(to, first);
      }));
    for (const char name : {'a', 'b'})
      spawn([=] {
        send(ears[0], name);
        send(ears[1], name);
      });
    for (int i = 0; i < 2; ++i)
      *log += co_await receive<char>();
  };
  CHECK(all_outcomes(300, body) == std::set<std::string>{"aa", "bb"});
  CHECK(all_outcomes(300, body, {.split_sends = true}) == std::set<std::string>{"aa", "ab", "ba", "bb"});
}

TEST_CASE("simulate: asking for a name and taking it are two steps") {
  const auto outcomes = all_outcomes(200, [](written log) -> process {
    for (int i = 0; i < 2; ++i)
      spawn([=, to = self()]() -> process {
        if (!whereis("one and only")) {
          try {
            register_name("one and only", self());
          } catch (const bad_name&) {
            *log = "taken meanwhile";
          }
        }
        send(to, pong{});
        co_await sleep(infinity);
      });
    co_await receive<pong>();
    co_await receive<pong>();
  });
  CHECK(outcomes == std::set<std::string>{"", "taken meanwhile"});
}

TEST_CASE("simulate: a message and a deadline at the same instant: either may come first") {
  const auto outcomes = all_outcomes(100, [](written log) -> process {
    spawn([to = self()]() -> process {
      co_await sleep(10ms);
      send(to, pong{});
    });
    *log = (co_await receive<pong>(within(10ms))) ? "message" : "deadline";
  });
  CHECK(outcomes == std::set<std::string>{"message", "deadline"});
}

TEST_CASE("simulate: blocking work is done sooner or later, outside any process") {
  const auto outcomes = all_outcomes(100, [](written log) -> process {
    spawn([to = self()]() -> process {
      co_await yield();
      send(to, std::string("message "));
    });
    const int n = co_await blocking(
        [](int x) {
          CHECK_THROWS_AS(self(), not_a_process);
          return x + 1;
        },
        6);
    CHECK(n == 7);
    *log = (co_await inspect(self()))->mailbox_length == 0 ? "work first" : "message first";
  });
  CHECK(outcomes == std::set<std::string>{"work first", "message first"});
}

TEST_CASE("simulate: a turn may end at any await, also at one that is ready") {
  const auto outcomes = all_outcomes(500, [](written log) -> process {
    std::vector<monitor_ref> watches;
    for (const char* who : {"a", "b"})
      watches.push_back(spawn_monitor([=]() -> process {
                          for (int i = 0; i < 2; ++i) {
                            send(self(), i);
                            co_await receive<int>();
                            *log += who;
                          }
                        }).monitor);
    for (const monitor_ref watch : watches)
      co_await receive<down>(watch);
  });
  for (const char* order : {"aabb", "abba", "baab", "bbaa"})
    CHECK(outcomes.count(order) == 1);
}

TEST_CASE("for_each_seed gives the seeds 1 to n and stops at the first that throws") {
  std::vector<std::uint64_t> seeds;
  for_each_seed(3, [&](auto seed) { seeds.push_back(seed); });
  CHECK(seeds == std::vector<std::uint64_t>{1, 2, 3});
  CHECK_THROWS_WITH(for_each_seed(9,
                                  [&](auto seed) {
                                    seeds.push_back(seed);
                                    if (seed == 2)
                                      throw std::runtime_error("two");
                                  }),
                    "two");
  CHECK(seeds.back() == 2);
}

TEST_CASE("exhaustive: every schedule within the bound, and how many there are") {
  const auto without = simulate({.strategy = simulate_strategy::exhaustive, .bound = 0}, pinger, 3);
  CHECK(without.schedules == 1);
  CHECK(without.complete);
  std::uint64_t last = 1;
  for (unsigned bound = 1; bound < 4; ++bound) {
    const auto info = simulate({.strategy = simulate_strategy::exhaustive, .bound = bound}, pinger, 2);
    CHECK(info.complete);
    CHECK(info.schedules > last);
    last = info.schedules;
  }
  const auto cut = simulate({.strategy = simulate_strategy::exhaustive, .bound = 3, .max_schedules = 10}, pinger, 2);
  CHECK(cut.schedules == 10);
  CHECK_FALSE(cut.complete);
  CHECK_THROWS_AS(simulate({.strategy = simulate_strategy::exhaustive}, [p = std::make_unique<int>()] { CHECK(p); }),
                  std::invalid_argument);
}

TEST_CASE("exhaustive: it meets all orders that there are") {
  std::set<std::string> orders;
  const auto info = simulate({.strategy = simulate_strategy::exhaustive, .bound = 4}, [&]() -> process {
    for (const char* who : {"a", "b", "c"})
      spawn([=, to = self()] { send(to, std::string(who)); });
    std::string order;
    for (int i = 0; i < 3; ++i)
      order += co_await receive<std::string>();
    orders.insert(order);
  });
  CHECK(info.complete);
  CHECK(orders.size() == 6);
}

TEST_CASE("every strategy finds that messages of two senders may come in either order") {
  const auto second_first = []() -> process {
    spawn([to = self()] { send(to, 1); });
    spawn([to = self()] { send(to, 2); });
    const int first = co_await receive<int>();
    if (first == 2)
      throw std::runtime_error("two first");
  };
  for (const auto strategy : {simulate_strategy::mixed, simulate_strategy::random, simulate_strategy::priorities,
                              simulate_strategy::delays, simulate_strategy::exhaustive})
    CHECK_THROWS_WITH(
        for_each_seed(200, [&](auto seed) { simulate({.seed = seed, .strategy = strategy, .explain = false}, second_first); }),
        "two first");
}
