// Running: schedulers from the first process's birth to its end.
//
//     process hello() {
//       std::cout << "hello from " << self() << "\n";
//       co_return;
//     }
//     int program() { return run({.schedulers = 2}, hello); }
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/arities.hpp>
#include <brood/spawn.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

enum class io_backend : std::uint8_t { automatic, uring, epoll };

// The environment wins: BROOD_SCHEDULERS=n, BROOD_IO=uring|epoll.
struct run_options {
  std::size_t schedulers = 0;               // 0: one a core of those that the affinity mask and the cgroup's quota allow
  io_backend io = io_backend::automatic;    // automatic: io_uring, or epoll with one log line where it is forbidden
  time_limit grace = std::chrono::seconds(1);  // at the end: between exit shutdown and kill, for who has no supervisor
  std::size_t max_processes = std::size_t{1} << 24;
  std::size_t max_spares = 8;               // threads that stand in for schedulers whose process does not yield
  std::size_t stack_size = 0;               // of a scheduler thread, bytes; 0: the system's
  bool stop_on_signals = true;              // SIGINT, SIGTERM: orderly shutdown; a second one kills
  std::size_t high_water = unlimited;       // unread messages of a process at which a warning goes to the report sink
};

namespace detail {
// Spawns the first process, by whatever means the templates below know.
struct first_spawn {
  void* context;
  spawned (*spawn)(void* context, const spawn_settings& settings);
};
BROOD_API int run_first(const run_options& options, first_spawn first);

template <class Spawn>
first_spawn make_first(Spawn& spawn) noexcept {
  return {&spawn, [](void* context, const spawn_settings& settings) { return (*static_cast<Spawn*>(context))(settings); }};
}

// `at`: where it was spawned, for reports.
template <class F, class... A>
int run_at(std::source_location at, const run_options& options, F&& f, A&&... args) {
  auto spawn = [&](spawn_settings settings) {
    settings.at = at;
    return spawn_with(settings, std::forward<F>(f), std::forward<A>(args)...);
  };
  return run_first(options, make_first(spawn));
}
}  // namespace detail

// run(f, args...), run(options, f, args...): starts the schedulers, spawns f(args...), waits for it to end, then shuts the rest down:
// exit shutdown, after the grace kill. Supervisors and what they supervise have the times of the children's specs instead; who is
// killed before that is named on standard error. Every frame and message is destroyed when it returns. 0 if f ended normally, else 1
// and the reason on standard error.
// SIGINT and SIGTERM: f gets exit shutdown, and all goes on as above: 0 if everybody ended in order (f normally or with shutdown), else
// 128 + the signal's number. A signal that the program was started to ignore stays ignored. A second one kills the program.
// A process that still doesn't suspend after ten times the grace is named on standard error, and std::terminate is called. A function
// of blocking(f) that has not returned by then is named, and left behind. When the runtime can't start: the exception that says why.
// Again afterwards: fine. While another runtime runs: throws std::logic_error. When io_uring was asked for and is not to be had:
// std::runtime_error, with why and what to do. From a thread that is no process; blocks it.
#define BROOD_RUN_FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                                       \
  template <class F TEMPLATE_ARGS>                                                                                   \
  int run(const run_options& options, F&& f PARAMETERS, std::source_location at = std::source_location::current()) { \
    return detail::run_at(at, options, std::forward<F>(f) FORWARDED);                                                \
  }                                                                                                                  \
  template <class F TEMPLATE_ARGS>                                                                                   \
    requires(!std::same_as<std::remove_cvref_t<F>, run_options>)                                                     \
  int run(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {                             \
    return detail::run_at(at, run_options{}, std::forward<F>(f) FORWARDED);                                          \
  }

BROOD_FOR_ARITIES(BROOD_RUN_FAMILY)
#undef BROOD_RUN_FAMILY

// Nine arguments and more.
template <class F, class... A>
  requires(sizeof...(A) > 8)
int run(const run_options& options, F&& f, A&&... args) {
  return detail::run_at({}, options, std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires(sizeof...(A) > 8 && !std::same_as<std::remove_cvref_t<F>, run_options>)
int run(F&& f, A&&... args) {
  return detail::run_at({}, run_options{}, std::forward<F>(f), std::forward<A>(args)...);
}
BROOD_WHICH_FUNCTION(run)

}  // namespace brood
