// Supervisors with very many children: linear in time, small in memory. semantics.md 5.4
#include "spec/cpu_clock.hpp"
#include "spec/supervision.hpp"

#include <malloc.h>
#include <algorithm>

namespace {

process quiet() { (void)co_await receive<std::string>(); }

// In use on the heap. Control blocks and frames are elsewhere: they are the children's own.
std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Starts n children and stops them again.
task<spec::cpu_clock::duration> time_of(restart_strategy strategy, int n) {
  std::vector<child_spec> specs;
  if (strategy != restart_strategy::dynamic)
    for (int i = 0; i < n; ++i)
      specs.push_back(child(std::to_string(i), quiet));
  const auto began = spec::cpu_clock::now();
  const pid sup = co_await spec::supervisor_of({.strategy = strategy}, std::move(specs));
  if (strategy == restart_strategy::dynamic)
    for (int i = 0; i < n; ++i)
      (void)*co_await start_child(sup, child(quiet));
  const child_counts counts = co_await count_children(sup);
  CHECK(counts.active == static_cast<std::size_t>(n));
  (void)co_await spec::end(sup, reason::shutdown);
  co_return spec::cpu_clock::now() - began;
}

// Of three: the first of a size gets its memory from the system, which is slow and no work of the supervisor's.
task<spec::cpu_clock::duration> least_time_of(restart_strategy strategy, int n) {
  auto least = spec::cpu_clock::duration::max();
  for (int i = 0; i < 3; ++i)
    least = std::min(least, co_await time_of(strategy, n));
  co_return least;
}

}  // namespace

TEST_CASE("Many children start and stop in linear time") {
  static constexpr int small = spec::sized(10000, 500), large = small * 10;
  spec::in_run([]() -> process {
    for (const restart_strategy strategy : {one_for_one, rest_for_one, restart_strategy::dynamic}) {
      const auto few = co_await least_time_of(strategy, small);
      const auto many = co_await least_time_of(strategy, large);
      INFO(static_cast<int>(strategy) << ": " << few.count() << " ns for " << small << ", " << many.count() << " ns for " << large);
      CHECK(many < 40 * few);  // quadratic would be a hundred times
    }
  });
}

TEST_CASE("Very many children that end by themselves, all at once, are restarted or forgotten in linear time") {
  spec::collected_reports reports;
  static constexpr int n = spec::sized(100000, 2000);
  spec::in_run([]() -> process {
    for (const bool temporary : {false, true}) {
      const pid sup = co_await spec::supervisor_of({.strategy = restart_strategy::dynamic, .restarts = 1 << 30}, {});
      std::vector<pid> children;
      for (int i = 0; i < n; ++i) {
        const child_spec spec = child(quiet);
        children.push_back(*co_await start_child(sup, temporary ? spec.temporary() : spec));
      }
      const process_clock::time_point began = now();
      for (const pid c : children)
        exit(c, reason::kill);
      for (const pid c : children)
        (void)co_await is_alive(c);
      while ((co_await count_children(sup)).active != (temporary ? 0u : static_cast<std::size_t>(n)))
        co_await yield();
      CHECK(now() - began < 30s);
      (void)co_await spec::end(sup, reason::shutdown);
    }
  });
}

TEST_CASE("A supervisor needs less than 200 bytes a child beyond the child") {
  if (!spec::release_build)
    return;  // a sanitizer's memory says nothing
  static constexpr int n = 100000;
  spec::in_run([]() -> process {
    // As many linked children without a supervisor, for comparison.
    const auto parent = [](pid tell) -> process {
      std::vector<pid> children;
      children.reserve(n);
      const std::size_t before = heap_bytes();
      for (int i = 0; i < n; ++i)
        children.push_back(spawn_link(quiet));
      for (const pid c : children)
        (void)co_await is_alive(c);
      send(tell, heap_bytes() - before);
      (void)co_await receive<std::string>();
    };
    const auto [plain, watch] = spawn_monitor(parent, self());
    const auto without = static_cast<double>(co_await receive<std::size_t>());
    exit(plain, reason::kill);
    (void)co_await spec::end_of(watch);
    for (const restart_strategy strategy : {restart_strategy::dynamic, one_for_one}) {
      const bool dynamic = strategy == restart_strategy::dynamic;
      const std::size_t before = heap_bytes();
      const pid sup = co_await spec::supervisor_of({.strategy = strategy}, {});
      for (int i = 0; i < n; ++i)
        (void)*co_await start_child(sup, dynamic ? child(quiet) : child(std::to_string(i), quiet));
      const auto with = static_cast<double>(heap_bytes() - before);
      INFO(with / n << " bytes, " << without / n << " of them without a supervisor; dynamic: " << dynamic);
      CHECK((with - without) / n < 200);
      (void)co_await spec::end(sup, reason::shutdown);
    }
  });
}
