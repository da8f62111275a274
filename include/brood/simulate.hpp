// Deterministic runs: one thread, a seeded schedule, a virtual clock.
//
// The same processes, mailboxes, signals, names and timers; only who runs next, how long, how much of an inbox is taken in and
// what time it is come from the seed. Time jumps to the next timer when nothing can run. When nothing can run and no timer is
// set, it fails with a picture of who waits where. The calling thread runs it all and must be no process; one run at a time.
//
//     void test() {
//       for_each_seed(1000, [](auto seed) {
//         simulate(seed, []() -> process {
//           pid child = spawn([]() -> process { co_await sleep(1h); });  // an hour takes no time
//           if ((co_await receive<down>(monitor(child))).why != reason::normal)
//             throw std::runtime_error("it did not end well");
//         });
//       });
//     }
#pragma once

#include <brood/run.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace brood {

// what() is the picture: who waits, for which types, at which file:line, with the seed that replays it.
class simulation_failed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {
void simulate_first(std::uint64_t seed, first_spawn first);
// BROOD_SEED, if it is set: then only that seed runs.
bool seed_from_environment(std::uint64_t& seed);
void print_failing_seed(std::uint64_t seed) noexcept;
}  // namespace detail

// Runs f(args...) as the first process, to its end, under one seed. What f throws is rethrown here, so Catch2's assertions work.
template <std::integral Seed, class F, class... A>
  requires(!std::same_as<Seed, bool>)
void simulate(Seed seed, F&& f, A&&... args) {
  auto spawn = [&](const detail::spawn_settings& settings) {
    return detail::spawn_with(settings, std::forward<F>(f), std::forward<A>(args)...);
  };
  detail::simulate_first(static_cast<std::uint64_t>(seed), detail::make_first(spawn));
}
template <class F, class... A>
  requires(!std::integral<std::remove_cvref_t<F>>)
void simulate(F&& f, A&&... args) {
  std::uint64_t seed = 1;
  detail::seed_from_environment(seed);
  simulate(seed, std::forward<F>(f), std::forward<A>(args)...);
}

// Calls body(seed) for n seeds. The first one that throws is printed with the command that replays it, and rethrown.
template <class Body>
void for_each_seed(std::size_t n, Body body) {
  std::uint64_t only = 0;
  if (detail::seed_from_environment(only)) {
    body(only);
    return;
  }
  for (std::uint64_t seed = 1; seed <= n; ++seed) {
    try {
      body(seed);
    } catch (...) {
      detail::print_failing_seed(seed);
      throw;
    }
  }
}

}  // namespace brood
