// Starting a process and waiting until it is ready.
//
// A process has started when it calls init_ack(), reaches serve or supervise, or first waits in `receive`; call, sleep and
// blocking on the way there do not count. Ended before that, start fails with its reason; a failed start neither kills the caller
// nor leaves a message, a link or a name. A start that takes longer than 5 s, or than its timeout, is reported, once: who waits for
// whom, and where the child waits. OTP: proc_lib:start_link/5, gen_server:start_link/4
//
//     process store(std::string path) {
//       auto data = co_await blocking([path] { return path.size(); });  // init: start_link waits for this
//       co_await serve([&](std::size_t n) { data = n; });
//     }
//     process main_process() {
//       outcome<pid> kv = co_await start_link({.name = "kv", .timeout = 2s}, store, "kv.db");
//       if (!kv)
//         exit(kv.why());  // :timeout, {:already_started, #PID<0.60.0>}, or why store ended
//     }
#pragma once

#include <brood/already_started.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/arities.hpp>
#include <brood/detail/start.hpp>
#include <brood/outcome.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>

#include <concepts>
#include <cstddef>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

struct start_options {
  std::string name = {};  // registered before f runs; taken: already_started in why(), f does not run
  time_limit timeout = infinity;  // then the child is killed, and why() is timeout
  std::string label = {};
  priority prio = priority::normal;
  std::size_t max_mailbox = unlimited;
  overflow on_overflow = overflow::kill_receiver;
  bool at_once = false;  // it has started when it is spawned: for a worker that never reaches one of the above. `timeout` is unused
};

// "I am ready": start and its like return. What follows runs before any queued message is taken. Does nothing the second time, or
// when nobody waits. OTP: proc_lib:init_ack/1, handle_continue
BROOD_API void init_ack();

namespace detail {

BROOD_API start_order make_start_order(start_options&& options, bool link, bool monitor, std::source_location at);
BROOD_API outcome<pid> as_pid(start_result&& result);
BROOD_API outcome<spawned> as_spawned(start_result&& result);

template <class F, class... A>
task<start_result> start_closure(start_order order, F f, A... args) {
  auto spawn = [&](const spawn_settings& settings) { return spawn_with(settings, std::move(f), std::move(args)...); };
  co_return co_await quietly(start_process(std::move(order), make_spawner(spawn)));
}

template <class F, class... A>
task<outcome<pid>> start_pid(start_order order, F f, A... args) {
  co_return as_pid(co_await quietly(start_closure<F, A...>(std::move(order), std::move(f), std::move(args)...)));
}

template <class F, class... A>
task<outcome<spawned>> start_spawned(start_order order, F f, A... args) {
  co_return as_spawned(co_await quietly(start_closure<F, A...>(std::move(order), std::move(f), std::move(args)...)));
}

template <class F>
concept not_start_options = !std::same_as<std::remove_cvref_t<F>, start_options>;

template <class F, class... A>
task<outcome<pid>> make_start(start_options&& options, bool link, std::source_location at, F&& f, A&&... args) {
  if constexpr (check_all_kept<F, A...>())
    return start_pid<kept_t<F>, kept_t<A>...>(make_start_order(std::move(options), link, false, at), std::forward<F>(f),
                                              std::forward<A>(args)...);
  else
    return refused<task<outcome<pid>>>();
}
template <class F, class... A>
task<outcome<spawned>> make_start_monitor(start_options&& options, std::source_location at, F&& f, A&&... args) {
  if constexpr (check_all_kept<F, A...>())
    return start_spawned<kept_t<F>, kept_t<A>...>(make_start_order(std::move(options), false, true, at), std::forward<F>(f),
                                                  std::forward<A>(args)...);
  else
    return refused<task<outcome<spawned>>>();
}

}  // namespace detail

#define BROOD_START_FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                                                \
  /* The child dies with the caller, and once started the caller with the child. OTP: gen_server:start_link/3 */                \
  template <class F TEMPLATE_ARGS>                                                                                              \
  BROOD_LINT_KEEPS task<outcome<pid>> start_link(start_options options, F&& f PARAMETERS,                                       \
                                                 std::source_location at = std::source_location::current()) {                   \
    return detail::make_start(std::move(options), true, at, std::forward<F>(f) FORWARDED);                                      \
  }                                                                                                                             \
  template <detail::not_start_options F TEMPLATE_ARGS>                                                                          \
  BROOD_LINT_KEEPS task<outcome<pid>> start_link(F&& f PARAMETERS, std::source_location at = std::source_location::current()) { \
    return detail::make_start({}, true, at, std::forward<F>(f) FORWARDED);                                                      \
  }                                                                                                                             \
  /* Without the link. OTP: gen_server:start/3 */                                                                               \
  template <class F TEMPLATE_ARGS>                                                                                              \
  BROOD_LINT_KEEPS task<outcome<pid>> start(start_options options, F&& f PARAMETERS,                                            \
                                            std::source_location at = std::source_location::current()) {                        \
    return detail::make_start(std::move(options), false, at, std::forward<F>(f) FORWARDED);                                     \
  }                                                                                                                             \
  template <detail::not_start_options F TEMPLATE_ARGS>                                                                          \
  BROOD_LINT_KEEPS task<outcome<pid>> start(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {      \
    return detail::make_start({}, false, at, std::forward<F>(f) FORWARDED);                                                     \
  }                                                                                                                             \
  /* With a monitor instead. OTP: gen_server:start_monitor/3 */                                                                 \
  template <class F TEMPLATE_ARGS>                                                                                              \
  BROOD_LINT_KEEPS task<outcome<spawned>> start_monitor(start_options options, F&& f PARAMETERS,                                \
                                                        std::source_location at = std::source_location::current()) {            \
    return detail::make_start_monitor(std::move(options), at, std::forward<F>(f) FORWARDED);                                    \
  }                                                                                                                             \
  template <detail::not_start_options F TEMPLATE_ARGS>                                                                          \
  BROOD_LINT_KEEPS task<outcome<spawned>> start_monitor(F&& f PARAMETERS,                                                       \
                                                        std::source_location at = std::source_location::current()) {            \
    return detail::make_start_monitor({}, at, std::forward<F>(f) FORWARDED);                                                    \
  }
BROOD_FOR_ARITIES(BROOD_START_FAMILY)
#undef BROOD_START_FAMILY

// Nine arguments and more.
template <class F, class... A>
  requires(sizeof...(A) > 8)
BROOD_LINT_KEEPS task<outcome<pid>> start_link(start_options options, F&& f, A&&... args) {
  return detail::make_start(std::move(options), true, {}, std::forward<F>(f), std::forward<A>(args)...);
}
template <detail::not_start_options F, class... A>
  requires(sizeof...(A) > 8)
BROOD_LINT_KEEPS task<outcome<pid>> start_link(F&& f, A&&... args) {
  return detail::make_start({}, true, {}, std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires(sizeof...(A) > 8)
BROOD_LINT_KEEPS task<outcome<pid>> start(start_options options, F&& f, A&&... args) {
  return detail::make_start(std::move(options), false, {}, std::forward<F>(f), std::forward<A>(args)...);
}
template <detail::not_start_options F, class... A>
  requires(sizeof...(A) > 8)
BROOD_LINT_KEEPS task<outcome<pid>> start(F&& f, A&&... args) {
  return detail::make_start({}, false, {}, std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires(sizeof...(A) > 8)
BROOD_LINT_KEEPS task<outcome<spawned>> start_monitor(start_options options, F&& f, A&&... args) {
  return detail::make_start_monitor(std::move(options), {}, std::forward<F>(f), std::forward<A>(args)...);
}
template <detail::not_start_options F, class... A>
  requires(sizeof...(A) > 8)
BROOD_LINT_KEEPS task<outcome<spawned>> start_monitor(F&& f, A&&... args) {
  return detail::make_start_monitor({}, {}, std::forward<F>(f), std::forward<A>(args)...);
}

BROOD_WHICH_FUNCTION(start)
BROOD_WHICH_FUNCTION(start_link)
BROOD_WHICH_FUNCTION(start_monitor)

}  // namespace brood
