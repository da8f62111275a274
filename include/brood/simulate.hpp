// Deterministic runs: one thread, a seeded schedule, a virtual clock.
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
//
// The same processes, mailboxes, signals, names and timers; only who runs next, where a process is interrupted, how long it runs,
// how much of an inbox it takes in, when blocking(f) is done and what time it is come from the seed. Time jumps to the next timer
// when nothing can run. One seed is one run, bit for bit: pids, references and now() begin anew, in every program.
//
// A process may be interrupted at an await, where it asks for or changes names, and while it dies, as if others ran on other cores
// meanwhile; so hold no lock over a call that concerns names, or say `.interleave = false`. With `.split_sends` also between two
// sends. On the calling thread, while no other runtime runs.
//
// A turn takes no virtual time, unless `.work` says how much. Faults are injected where `.faults` asks for them; what was injected
// is counted, so that a test can demand that something was:
//
//     for_each_seed(1000, simulation_counts{.kills = 100}, [](auto seed) {
//       simulate({.seed = seed,
//                 .faults = {.kill = 0.01, .kill_if = [](const process_info& p) { return p.label == "worker"; }},
//                 .work = {.average = 1ms, .spread = 1ms}},
//                [] { ... });
//     });
//
// When a simulation fails, standard error has the last 200 lines of its story. With BROOD_STORY=path in the environment all of it is
// written to that file, which is overwritten. With BROOD_SEED set, too, every simulation is told there as it runs: also one that
// succeeds, crashes or hangs. BROOD_STORY_ONLY narrows the story to what concerns some processes. It holds, separated by commas,
// pids (#PID<0.3.1> or 0.3.1), registered names, labels, and places of spawns (server_test.cpp:31).
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/arities.hpp>
#include <brood/inspect.hpp>
#include <brood/run.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

// what() is the picture: who waits, for which types, at which file:line, what lies unread; or who is busy when the step limit is
// reached; or the reason the first process ended with.
class simulation_failed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class simulate_strategy : std::uint8_t {
  mixed,  // the seed decides between the next three: for programs of many processes and steps
  random,  // every choice is equally likely: what finds most small mistakes soonest
  priorities,  // PCT: random priorities, and `bound` moments at which the highest falls to the bottom
  delays,  // first come first served, with `bound` exceptions
  exhaustive,  // every schedule with at most `bound` exceptions, one after the other; small programs only
};

// Probabilities, each time the thing could happen. Drawn from the seed, like all else.
struct simulate_faults {
  double kill = 0;  // a process, not the first, is killed where it waits or yields
  double delay = 0;  // a signal arrives later, after those of other senders; pairs keep their order
  double allocation = 0;  // send, spawn or a coroutine call in a process throws std::bad_alloc
  double blocking = 0;  // blocking(f) throws std::system_error, as when no thread can be had

  // Aims `kill`: only at living processes of whom this is true. It is asked between two turns, outside of any process, when a kill
  // is due. Its answer may depend only on what it is given and on what the run itself did; else the seed does not replay. It must
  // not send, spawn or exit. Its exceptions leave simulate.
  std::function<bool(const process_info&)> kill_if = {};
  // Aims `kill`: not at a process before it has started. That is, its function was called; and if somebody waits for its start
  // (a supervisor, start, start_link, start_monitor), that one has been told.
  bool kill_only_started = false;
};

// The virtual time that each turn takes, and each piece of blocking work: drawn from the seed, evenly between average - spread and
// average + spread. It has passed when the turn begins, so timers may fire while others are at work, and within the turn where it
// is interrupted. The turns of all schedulers take their time one after the other.
struct simulate_work {
  std::chrono::nanoseconds average{0};  // 0: turns take no time
  std::chrono::nanoseconds spread{0};  // at most the average
};

struct simulate_options {
  std::uint64_t seed = 1;
  simulate_strategy strategy = simulate_strategy::random;
  unsigned bound = 3;  // see simulate_strategy
  std::size_t schedulers = 2;  // virtual ones, 1 to 8: how many processes may be in the midst of something
  bool interleave = true;  // interrupt processes where they ask for or change names, and while they die
  bool split_sends = false;  // what a process sends late in a turn may arrive later; not if they share memory
  std::uint64_t step_limit = 10'000'000;  // turns and timers until it counts as a livelock
  std::uint64_t max_schedules = 1'000'000;  // of exhaustive
  simulate_faults faults = {};
  bool explain = true;  // a failure is replayed, shrunk, and printed on standard error
  simulate_work work = {};
};

// How often each thing was done to a run that first come, first served would not have done.
struct simulation_counts {
  // Faults.
  std::uint64_t kills = 0;  // of processes that were alive; a process may be hit twice before it is dead
  std::uint64_t delays = 0;
  std::uint64_t allocation_failures = 0;
  std::uint64_t blocking_failures = 0;
  // Interference within turns.
  std::uint64_t interruptions = 0;  // of a turn, by another process or by timers
  std::uint64_t split_sends = 0;  // messages that were held, though what was sent before them in the same turn was not
  std::uint64_t held_signals = 0;  // that arrived later than they were sent: delayed, split off, or queued behind such
  std::uint64_t short_turns = 0;  // with a small budget of awaits
  std::uint64_t partial_intakes = 0;  // a process took in only a part of its inbox
  // Which process runs next.
  std::uint64_t reorderings = 0;  // a process other than the first ready one ran

  std::uint64_t total() const noexcept;
  simulation_counts& operator+=(const simulation_counts& other) noexcept;
  friend bool operator==(const simulation_counts&, const simulation_counts&) = default;
};
// "3 kills, 12 interruptions"; or "nothing".
BROOD_API std::string to_string(const simulation_counts& counts);

struct simulation_info {
  std::uint64_t schedules = 0;  // run; more than one if exhaustive, or if this is a sum
  bool complete = false;  // exhaustive: there are no others within the bound
  std::uint64_t steps = 0;  // turns and timers, of all
  std::uint64_t trace_hash = 0;  // of everything that happened, in order: two runs of one seed agree
  simulation_counts injected = {};
  std::chrono::nanoseconds virtual_time{0};  // that passed, in all schedules together
};

namespace detail {

// A program under simulation. `repeatable`: spawn leaves the function and its arguments as they were.
struct simulated_program {
  first_spawn first;
  bool repeatable;
};
BROOD_API simulation_info simulate_first(const simulate_options& options, const simulated_program& program);
// BROOD_SEED, or 1.
BROOD_API std::uint64_t default_seed();

// Calls body(seed) for the seeds 1 to n, or only for BROOD_SEED; prints the first that throws, and rethrows.
struct seeded_body {
  void* context;
  void (*call)(void* context, std::uint64_t seed);
};
BROOD_API simulation_info run_seeds(std::size_t n, const simulation_counts& at_least, seeded_body body);

template <class F, class... A>
inline constexpr bool can_repeat =
    std::is_copy_constructible_v<std::decay_t<F>> && (std::is_copy_constructible_v<std::decay_t<A>> && ...);

// `at`: where it was spawned, for reports.
template <class F, class... A>
simulation_info simulate_at(std::source_location at, const simulate_options& options, F&& f, A&&... args) {
  auto spawn = [&](spawn_settings settings) {
    settings.at = at;
    if constexpr (can_repeat<F, A...>)
      return spawn_with(settings, std::as_const(f), std::as_const(args)...);
    else
      return spawn_with(settings, std::forward<F>(f), std::forward<A>(args)...);
  };
  return simulate_first(options, {make_first(spawn), can_repeat<F, A...>});
}

}  // namespace detail

// simulate(options, f, args...), simulate(seed, f, args...), simulate(f, args...): runs f(args...) as the first process, to its end;
// then the rest is shut down. Without a seed: under seed 1, or BROOD_SEED. What leaves f is rethrown unchanged, so Catch2's
// assertions work. Throws simulation_failed when nothing can run and no timer is set, when the step limit is reached, and when f
// ends with a reason other than normal. std::logic_error while another runtime runs.
#define BROOD_SIMULATE_FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                             \
  template <class F TEMPLATE_ARGS>                                                                              \
    requires(!std::integral<std::remove_cvref_t<F>> && !std::same_as<std::remove_cvref_t<F>, simulate_options>) \
  void simulate(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {                  \
    detail::simulate_at(at, {.seed = detail::default_seed()}, std::forward<F>(f) FORWARDED);                    \
  }                                                                                                             \
  template <std::integral Seed, class F TEMPLATE_ARGS>                                                          \
    requires(!std::same_as<Seed, bool>)                                                                         \
  void simulate(Seed seed, F&& f PARAMETERS, std::source_location at = std::source_location::current()) {       \
    detail::simulate_at(at, {.seed = static_cast<std::uint64_t>(seed)}, std::forward<F>(f) FORWARDED);          \
  }                                                                                                             \
  template <class F TEMPLATE_ARGS>                                                                              \
  simulation_info simulate(const simulate_options& options, F&& f PARAMETERS,                                   \
                           std::source_location at = std::source_location::current()) {                         \
    return detail::simulate_at(at, options, std::forward<F>(f) FORWARDED);                                      \
  }

BROOD_FOR_ARITIES(BROOD_SIMULATE_FAMILY)
#undef BROOD_SIMULATE_FAMILY
BROOD_WHICH_FUNCTION(simulate)

// Calls body(seed) for n seeds. The first one that throws is printed on standard error, with the command that replays it and what
// happened, and rethrown. With BROOD_SEED set: for that seed alone. The result is the sum over all simulations of all seeds.
template <class Body>
  requires std::invocable<Body&, std::uint64_t>
simulation_info for_each_seed(std::size_t n, Body&& body) {
  return for_each_seed(n, simulation_counts{}, body);
}

// The same; and if all seeds together injected less than `at_least`, in any of its kinds, simulation_failed is thrown, and its text
// names the kinds: a test in which nothing happened fails. With BROOD_SEED set nothing is demanded of the one seed.
template <class Body>
  requires std::invocable<Body&, std::uint64_t>
simulation_info for_each_seed(std::size_t n, const simulation_counts& at_least, Body&& body) {
  return detail::run_seeds(n, at_least, {std::addressof(body), [](void* context, std::uint64_t seed) {
                                           (*static_cast<std::remove_reference_t<Body>*>(context))(seed);
                                         }});
}

}  // namespace brood
