// Spawning processes.
//
// A spawned callable returns `process`, `task<T>` (its result is discarded), or anything else (a plain function: runs to its end
// as a process). It and its arguments are moved into the new process, are invoked there and live as long as it does, so capturing
// lambdas, const T& parameters and member functions are safe. A child may run before, during or after the return.
// Throws too_many_processes at run_options::max_processes, std::bad_alloc, bad_name for a name that is empty or taken; in each
// case nothing was spawned. Any thread while a runtime runs (else not_a_process); a link or a monitor needs a process to belong to.
// From a thread that is no scheduler's, while the runtime ends: nothing is spawned, pid{}; f and its arguments stay with the caller.
//
//     pid child = spawn([](int n) { std::cout << n; }, 42);
//     auto [who, watch] = spawn_monitor([]() -> process { co_await sleep(1s); });
//     spawn({.link = true, .name = "sleeper", .max_mailbox = 1000}, []() -> process { co_await sleep(infinity); });
#pragma once

#include <brood/detail/arities.hpp>
#include <brood/detail/refused.hpp>
#include <brood/detail/spawn_closure.hpp>
#include <brood/pid.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <source_location>
#include <string>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

// high: before all others that are ready. low: when nothing else is, and now and then anyway. OTP: process_flag(priority, Level)
enum class priority : std::uint8_t { low, normal, high };

// What happens to the message that would make more than max_mailbox unread ones: the receiver ends with reason killed, trapping or
// not; it is dropped; the oldest is dropped for it; it is taken, and a warning goes to the report sink, once. `down` and `exited`
// count and are never dropped. OTP: the kill and error_logger of max_heap_size
enum class overflow : std::uint8_t { kill_receiver, drop_newest, drop_oldest, report };

// No limit.
inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

struct spawn_options {
  bool link = false;  // to the spawner, before the child can run
  bool monitor = false;  // by the spawner, likewise
  std::string name = {};  // registered before f runs
  priority prio = priority::normal;
  std::size_t max_mailbox = unlimited;  // unread messages
  overflow on_overflow = overflow::kill_receiver;
  std::string label = {};  // for reports and the observer
  std::size_t max_memory = unlimited;  // bytes of what inspect() shows as memory; beyond it: on_overflow, as with max_mailbox
};

struct spawned {
  pid process;
  monitor_ref monitor;  // empty unless asked for
};

namespace detail {

struct spawn_settings {
  const spawn_options* options = nullptr;  // null: all defaults
  bool link = false;
  bool monitor = false;
  std::source_location at = {};
  std::uint64_t kept_by = 0;  // the number of the runtime that keeps its exit reason, for runtime::wait; 0: none does
  bool attends = false;  // a thread outside waits through it (kept_by: in which runtime, and nothing is kept)
  std::uint64_t start_number = 0;  // the parent waits to hear that it has started, under this number (start.hpp)
};

// A process that is being made: nothing else can see it until commit. Destroyed uncommitted, it never was.
class spawn_in_progress {
 public:
  spawn_in_progress(const spawn_info& info, const spawn_settings& settings);
  ~spawn_in_progress();
  spawn_in_progress(const spawn_in_progress&) = delete;
  // Null: nothing is spawned, for the runtime is ending and the caller is outside.
  void* closure() const noexcept { return closure_; }
  spawned commit();

 private:
  core* const core_;  // of the thread that spawns; null: no scheduler
  process_control* process_;
  void* closure_;
  const spawn_settings& settings_;
};

template <class F, class... A>
spawned spawn_with(const spawn_settings& settings, F&& f, A&&... args) {
  if constexpr (check_all_kept<F, A...>()) {
    using closure = spawn_closure<kept_t<F>, kept_t<A>...>;
    spawn_in_progress child(closure::info, settings);
    void* const place = child.closure();
    if (!place) [[unlikely]]
      return {};
    ::new (place) closure(std::forward<F>(f), std::forward<A>(args)...);
    return child.commit();
  } else {
    return refused<spawned>();
  }
}

template <class F>
concept not_options = !std::same_as<std::remove_cvref_t<F>, spawn_options>;

}  // namespace detail

#define BROOD_SPAWN_FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                                      \
  template <detail::not_options F TEMPLATE_ARGS>                                                                      \
  pid spawn(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {                            \
    return detail::spawn_with({nullptr, false, false, at}, std::forward<F>(f) FORWARDED).process;                     \
  }                                                                                                                   \
  /* Atomic with the link. OTP: erlang:spawn_link/1 */                                                                \
  template <detail::not_options F TEMPLATE_ARGS>                                                                      \
  pid spawn_link(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {                       \
    return detail::spawn_with({nullptr, true, false, at}, std::forward<F>(f) FORWARDED).process;                      \
  }                                                                                                                   \
  /* Atomic with the monitor. OTP: erlang:spawn_monitor/1 */                                                          \
  template <detail::not_options F TEMPLATE_ARGS>                                                                      \
  spawned spawn_monitor(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {                \
    return detail::spawn_with({nullptr, false, true, at}, std::forward<F>(f) FORWARDED);                              \
  }                                                                                                                   \
  /* OTP: erlang:spawn_opt/2 */                                                                                       \
  template <class F TEMPLATE_ARGS>                                                                                    \
  spawned spawn(spawn_options options, F&& f PARAMETERS, std::source_location at = std::source_location::current()) { \
    return detail::spawn_with({&options, options.link, options.monitor, at}, std::forward<F>(f) FORWARDED);           \
  }

BROOD_FOR_ARITIES(BROOD_SPAWN_FAMILY)
#undef BROOD_SPAWN_FAMILY

// Nine arguments and more.
template <detail::not_options F, class... A>
  requires(sizeof...(A) > 8)
pid spawn(F&& f, A&&... args) {
  return detail::spawn_with({}, std::forward<F>(f), std::forward<A>(args)...).process;
}
template <detail::not_options F, class... A>
  requires(sizeof...(A) > 8)
pid spawn_link(F&& f, A&&... args) {
  return detail::spawn_with({.link = true}, std::forward<F>(f), std::forward<A>(args)...).process;
}
template <detail::not_options F, class... A>
  requires(sizeof...(A) > 8)
spawned spawn_monitor(F&& f, A&&... args) {
  return detail::spawn_with({.monitor = true}, std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires(sizeof...(A) > 8)
spawned spawn(spawn_options options, F&& f, A&&... args) {
  return detail::spawn_with({&options, options.link, options.monitor, {}}, std::forward<F>(f), std::forward<A>(args)...);
}

BROOD_WHICH_FUNCTION(spawn)
BROOD_WHICH_FUNCTION(spawn_link)
BROOD_WHICH_FUNCTION(spawn_monitor)

}  // namespace brood
