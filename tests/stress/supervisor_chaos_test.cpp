// A tree of supervisors under random kills: never an orphan, the shape restored, nothing left after the stop.
//
// Five seconds; sixty with BROOD_STRESS=full.
#include "spec/supervision.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <random>

namespace {

constexpr int levels = 4;  // the root, two levels of supervisors, the leaves

struct forest {
  int width;  // children of each supervisor
  std::shared_ptr<std::atomic<int>> leaves = std::make_shared<std::atomic<int>>(0);  // that live

  int size() const { return 1 + width + width * width + width * width * width; }
};

process leaf(forest f) {
  ++*f.leaves;
  spec::on_destruction gone([f] { --*f.leaves; });
  co_await receive([](const spec::end_with& m) { exit(m.why); });
}

child_spec tree(forest f, int level, std::string id) {
  if (level == levels)
    return child(std::move(id), leaf, f);
  const auto body = [f, level]() -> process {
    constexpr restart_strategy strategies[] = {one_for_one, one_for_all, rest_for_one};
    std::vector<child_spec> children;
    for (int i = 0; i < f.width; ++i)
      children.push_back(tree(f, level + 1, std::to_string(i)));
    co_await supervise({.strategy = strategies[level % 3], .restarts = 1 << 30}, std::move(children));
  };
  return child(std::move(id), body);
}

// All processes of the tree below `sup`, if it has its full shape; else empty.
task<std::vector<pid>> members(pid sup, forest f, int level) {
  std::vector<pid> all{sup};
  if (level == levels)
    co_return all;
  std::vector<child_info> children;
  try {
    children = co_await which_children(sup);
  } catch (const exiting&) {
    co_return std::vector<pid>();  // just died
  }
  if (children.size() != static_cast<std::size_t>(f.width))
    co_return std::vector<pid>();
  for (const child_info& c : children) {
    const std::vector<pid> below = c.process ? co_await members(c.process, f, level + 1) : std::vector<pid>();
    if (below.empty())
      co_return std::vector<pid>();
    all.insert(all.end(), below.begin(), below.end());
  }
  co_return all;
}

// Waits until the tree has its shape and the program has no process beside it and `others`.
task<std::vector<pid>> restored(pid root, forest f, std::size_t others) {
  const process_clock::time_point began = now();
  while (true) {
    std::vector<pid> all = co_await members(root, f, 1);
    if (all.size() == static_cast<std::size_t>(f.size())) {
      // Those of an older shape may still be dying; an orphan would stay.
      std::vector<pid> living = processes();
      if (living.size() == all.size() + others && f.leaves->load() == f.width * f.width * f.width) {
        std::sort(living.begin(), living.end());
        if (std::all_of(all.begin(), all.end(), [&](pid p) { return std::binary_search(living.begin(), living.end(), p); }))
          co_return all;
      }
    }
    if (now() - began > 20s) {
      FAIL("the tree was not restored: " << all.size() << " of " << f.size() << " in place, " << processes().size() - others
                                         << " living, " << f.leaves->load() << " leaves");
      co_return std::vector<pid>();
    }
    co_await sleep(1ms);
  }
}

// Kills members at random, some at once, until `until` says so; waits for the shape after each round. How many rounds.
template <class Until>
task<int> chaos(forest f, unsigned seed, Until until) {
  std::mt19937 random(seed);
  const std::size_t others = processes().size();
  trap_exits();
  const pid root = *co_await start_link([f]() -> process {
    std::vector<child_spec> children;
    for (int i = 0; i < f.width; ++i)
      children.push_back(tree(f, 2, std::to_string(i)));
    co_await supervise({.restarts = 1 << 30}, std::move(children));
  });
  std::vector<pid> all = co_await restored(root, f, others);
  int rounds = 0;
  for (; !until(rounds); ++rounds) {
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const pid victim = all[1 + random() % (all.size() - 1)];  // all but the root
      const auto how = random() % 4;
      if (how == 0)
        send(victim, spec::end_with{reason::normal});  // a supervisor drops it
      else if (how == 1)
        exit(victim, exit_reason("boom"));             // a supervisor ignores a stranger's
      else
        exit(victim, reason::kill);
    }
    all = co_await restored(root, f, others);
  }
  const exit_reason end = co_await spec::end(root, reason::shutdown);
  CHECK(end == reason::shutdown);
  CHECK(processes().size() == others);
  CHECK(f.leaves->load() == 0);
  co_return rounds;
}

bool full() { return std::getenv("BROOD_STRESS") && std::strcmp(std::getenv("BROOD_STRESS"), "full") == 0; }

}  // namespace

TEST_CASE("Chaos in a tree of a thousand processes: restored after each kill, no orphan, nothing left") {
  spec::collected_reports reports;
  const auto length = full() ? 60s : 5s;
  spec::in_run([length]() -> process {
    const process_clock::time_point began = now();
    const int rounds = co_await chaos(forest{spec::sized(10, 4)}, 1, [&](int) { return now() - began > length; });
    CHECK(rounds > 10);
  });
}

TEST_CASE("Chaos in a small tree, under many schedules") {
  spec::collected_reports reports;
  for_each_seed(spec::sized(100, 10), [](auto seed) {
    spec::in_one_simulation(seed, [seed]() -> process {
      const int rounds = co_await chaos(forest{3}, static_cast<unsigned>(seed), [](int round) { return round == 10; });
      CHECK(rounds == 10);
    });
  });
}
