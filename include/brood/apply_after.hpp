// Functions that run later, each in a process of its own.
//
//     pid warning = apply_after(5s, [] { std::cout << "five seconds are over\n"; });
//     exit(warning, reason::kill);  // not now
//     apply_every(1min, [] { std::cout << "another minute\n"; });
//
// What both return is the process that waits: killing it cancels what has not begun. f is what spawn takes. A negative time throws
// std::invalid_argument, as does an interval of zero. From a process. OTP: timer:apply_after/4, apply_interval/4
#pragma once

#include <brood/detail/arities.hpp>
#include <brood/monitor.hpp>
#include <brood/receive.hpp>
#include <brood/spawn.hpp>
#include <brood/timers.hpp>

#include <concepts>
#include <source_location>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

struct apply_tick {};

template <class F, class... A>
process apply_later(time_limit limit, std::source_location at, F f, A... args) {
  co_await quietly(sleep(limit));
  spawn_with({.at = at}, std::move(f), std::move(args)...);
}

// Its caller's death ends it, as it ends an interval timer of OTP's.
template <class F, class... A>
process apply_again_and_again(time_limit interval, pid caller, std::source_location at, F f, A... args) {
  static_assert((std::copy_constructible<F> && ... && std::copy_constructible<A>),
                "brood: apply_every runs its function many times: it and its arguments must be copyable");
  const monitor_ref watch = brood::monitor(caller);
  send_every(interval, self(), apply_tick{});
  while (true) {
    const bool over =
        co_await quietly(receive([](apply_tick) { return false; }, [&](const down& d) { return d.monitor == watch; }));
    if (over)
      co_return;
    spawn_with({.at = at}, f, args...);
  }
}

template <class F, class... A>
pid start_apply(std::source_location at, time_limit limit, F&& f, A&&... args) {
  (void)deadline_after(limit);  // throws
  return spawn_with({.at = at}, &apply_later<kept_t<F>, kept_t<A>...>, limit, at, std::forward<F>(f), std::forward<A>(args)...)
      .process;
}
template <class F, class... A>
pid start_apply_every(std::source_location at, time_limit interval, F&& f, A&&... args) {
  (void)deadline_after(interval, true);
  return spawn_with({.at = at}, &apply_again_and_again<kept_t<F>, kept_t<A>...>, interval, self(), at, std::forward<F>(f),
                    std::forward<A>(args)...)
      .process;
}

}  // namespace detail

// apply_after(limit, f, args...), apply_every(interval, f, args...): f(args...) in a new process when so much time has passed; and
// again after every interval, until the caller has ended.
#define BROOD_APPLY_FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                                      \
  template <class F TEMPLATE_ARGS>                                                                                    \
  pid apply_after(time_limit limit, F&& f PARAMETERS, std::source_location at = std::source_location::current()) {    \
    return detail::start_apply(at, limit, std::forward<F>(f) FORWARDED);                                              \
  }                                                                                                                   \
  template <class F TEMPLATE_ARGS>                                                                                    \
  pid apply_every(time_limit interval, F&& f PARAMETERS, std::source_location at = std::source_location::current()) { \
    return detail::start_apply_every(at, interval, std::forward<F>(f) FORWARDED);                                     \
  }

BROOD_FOR_ARITIES(BROOD_APPLY_FAMILY)
#undef BROOD_APPLY_FAMILY

// Nine arguments and more.
template <class F, class... A>
  requires(sizeof...(A) > 8)
pid apply_after(time_limit limit, F&& f, A&&... args) {
  return detail::start_apply({}, limit, std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires(sizeof...(A) > 8)
pid apply_every(time_limit interval, F&& f, A&&... args) {
  return detail::start_apply_every({}, interval, std::forward<F>(f), std::forward<A>(args)...);
}
BROOD_WHICH_FUNCTION(apply_after)
BROOD_WHICH_FUNCTION(apply_every)

}  // namespace brood
