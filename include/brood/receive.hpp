// Receiving: selective, in Erlang's order.
//
// Two forms: handlers to react, receive<T> to wait for one thing.
//
//     int n = 0;
//     co_await receive([&](add m) { n += m.by; },                  // the parameter's type is the pattern
//                      when([&](const job& j) { return j.n > 3; }, [&](job j) { ... }),
//                      after(5s, [] { ... }));
//     auto m = co_await receive<pong>(within(2s));                 // std::optional<pong>
//
// The oldest message that any handler takes is removed and handled; all others stay, in order. Every receive first takes in all
// signals that have arrived. One deadline holds for the whole receive. The value of the expression is the handler's.
// A predicate, or guard, looks at the message and answers; it may call what it likes but two functions that would change the mailbox
// under the look, demonitor with flush and set_mailbox_limit: they throw std::logic_error in it.
// A predicate that throws: the exception comes out of the co_await and nothing is lost. A negative limit throws
// std::invalid_argument, if no message matched first. OTP: the receive expression, reference manual "Expressions"
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/receive_handlers.hpp>
#include <brood/detail/receive_values.hpp>
#include <brood/detail/refused.hpp>
#include <brood/pid.hpp>
#include <brood/signals.hpp>

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

// A guard: a message for which it is false is left in the queue.
template <class Guard, class Handler>
[[nodiscard("a clause of receive or serve")]] auto when(Guard guard, Handler handler) {
  return detail::guarded<Guard, Handler>{std::move(guard), std::move(handler)};
}

// What to do when nothing matched for so long. after(0s, f) polls, after(infinity, f) never fires.
template <class Action>
[[nodiscard("the last clause of receive or serve")]] auto after(time_limit limit, Action action) {
  return detail::after_clause<Action>{limit, std::move(action)};
}
[[nodiscard("the last clause of receive or serve")]] inline detail::after_nothing after(time_limit limit) { return {limit}; }

// The limit of a receive<T>: its result becomes an optional.
[[nodiscard("give it to receive<T>")]] inline detail::within_limit within(time_limit limit) { return {limit}; }

namespace detail {

template <class After, class... Hs>
auto start_receive(After after, Hs... handlers) {
  if constexpr (handlers_awaiter<After, Hs...>::has_tasks)
    return receive_and_await<After, Hs...>(std::move(after), std::move(handlers)...);
  else
    return handlers_awaiter<After, Hs...>(std::move(after), std::move(handlers)...);
}

template <std::size_t... I, class Tuple>
auto receive_with_last(std::index_sequence<I...>, Tuple&& all) {
  return start_receive(std::move(std::get<sizeof...(I)>(all)), std::move(std::get<I>(all))...);
}

template <bool Limited, class... Ts, class Filter>
auto wait_for(Filter filter, time_limit limit) {
  if constexpr (check_all_awaited<Ts...>())
    return values_awaiter<Limited, Filter, Ts...>(std::move(filter), limit);
  else
    return refused_awaiter<std::conditional_t<sizeof...(Ts) == 1, std::tuple_element_t<0, std::tuple<Ts...>>, void>>();
}

// What receive<T>(filter) accepts besides a predicate.
struct from_process {
  pid who;
  bool operator()(const exited& e) const noexcept { return e.who == who; }
};

}  // namespace detail

// Reacts: see the top of this file. The int keeps receive<T>(…) out of here.
template <int = 0, class... Args>
  requires(sizeof...(Args) > 0)
auto receive(Args... clauses) {
  constexpr std::size_t n = sizeof...(Args);
  constexpr std::size_t afters = (std::size_t{detail::is_after<Args>} + ...);
  constexpr bool last = detail::is_after<std::tuple_element_t<n - 1, std::tuple<Args...>>>;
  static_assert(afters == (last ? 1 : 0), "brood: after stands once, as the last argument of receive");
  if constexpr (!detail::check_clauses<Args...>())
    return detail::refused_awaiter<void>();
  else if constexpr (last)
    return detail::receive_with_last(std::make_index_sequence<n - 1>{}, std::tuple<Args...>(std::move(clauses)...));
  else
    return detail::start_receive(detail::no_after{}, std::move(clauses)...);
}

// Waits for the oldest message of one of these types and returns it: T, or std::variant<Ts...>; with within, an optional of it.
template <class... Ts>
  requires(sizeof...(Ts) > 0)
auto receive() {
  return detail::wait_for<false, Ts...>(detail::accept_all{}, infinity);
}
template <class... Ts>
  requires(sizeof...(Ts) > 0)
auto receive(detail::within_limit limit) {
  return detail::wait_for<true, Ts...>(detail::accept_all{}, limit.limit);
}
// … for which the predicate holds.
template <class T, class Filter>
  requires std::predicate<Filter&, const T&>
auto receive(Filter filter) {
  return detail::wait_for<false, T>(std::move(filter), infinity);
}
template <class T, class Filter>
  requires std::predicate<Filter&, const T&>
auto receive(Filter filter, detail::within_limit limit) {
  return detail::wait_for<true, T>(std::move(filter), limit.limit);
}
// receive<&answer::tag>(ref): only what holds this reference in that member. What was in the mailbox before this process made the
// reference (make_ref, alias, monitor, start_timer) is not looked at: the wait costs the same with any number of unread messages, for
// the last few references. A predicate that compares references finds the same, but it has to be asked about each message of its type.
// OTP: the receive marks of selective receives, "Fetching Received Messages" in the reference manual
template <auto Member>
  requires detail::any_reference<typename detail::holds<Member>::reference_type>
auto receive(typename detail::holds<Member>::reference_type reference) {
  using holds = detail::holds<Member>;
  return detail::values_awaiter<false, holds, typename holds::message>(holds{reference}, infinity);
}
template <auto Member>
  requires detail::any_reference<typename detail::holds<Member>::reference_type>
auto receive(typename detail::holds<Member>::reference_type reference, detail::within_limit limit) {
  using holds = detail::holds<Member>;
  return detail::values_awaiter<true, holds, typename holds::message>(holds{reference}, limit.limit);
}
// receive<down>(ref): only that monitor's. receive<timer_fired<M>>(ref): only that timer's; also timer_cancelled, timer_read.
// receive<exited>(pid): only that process's.
template <std::same_as<down> T>
auto receive(monitor_ref monitor) {
  return receive<&down::monitor>(monitor);
}
template <std::same_as<down> T>
auto receive(monitor_ref monitor, detail::within_limit limit) {
  return receive<&down::monitor>(monitor, limit);
}
template <class T>
  requires std::same_as<decltype(T::timer), timer_ref>
auto receive(timer_ref timer) {
  return receive<&T::timer>(timer);
}
template <class T>
  requires std::same_as<decltype(T::timer), timer_ref>
auto receive(timer_ref timer, detail::within_limit limit) {
  return receive<&T::timer>(timer, limit);
}
template <std::same_as<exited> T>
auto receive(pid who) {
  return receive<exited>(detail::from_process{who});
}
template <std::same_as<exited> T>
auto receive(pid who, detail::within_limit limit) {
  return receive<exited>(detail::from_process{who}, limit);
}

// What none of these takes.
BROOD_WHICH_FUNCTION(receive)
template <class... Ts>
  requires(sizeof...(Ts) > 0)
auto receive(detail::anything, ...) {
  static_assert(
      detail::always_false<Ts...>,
      "brood: receive<T> takes a filter, a predicate over a T: [](const T& m) { return true; }, or the reference or pid that "
      "it must hold; and within(limit)");
  return detail::refused_awaiter<void>();
}

// Takes all there is in the mailbox, prints each to standard output as iex would, and returns how many. IEx: flush/0
BROOD_API task<std::size_t> flush();

}  // namespace brood
