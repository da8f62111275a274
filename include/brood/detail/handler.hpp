// What `receive` learns from its arguments: which message each handler takes, its guard, and what the whole expression returns.
#pragma once

#include <brood/message.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// ---- the parameter of a callable

template <class F>
struct parameter_of_pointer;
template <class R, class P>
struct parameter_of_pointer<R (*)(P)> {
  using type = P;
};
template <class R, class P>
struct parameter_of_pointer<R (*)(P) noexcept> {
  using type = P;
};
template <class R, class C, class P>
struct parameter_of_pointer<R (C::*)(P)> {
  using type = P;
};
template <class R, class C, class P>
struct parameter_of_pointer<R (C::*)(P) const> {
  using type = P;
};
template <class R, class C, class P>
struct parameter_of_pointer<R (C::*)(P) noexcept> {
  using type = P;
};
template <class R, class C, class P>
struct parameter_of_pointer<R (C::*)(P) const noexcept> {
  using type = P;
};

template <class F>
constexpr auto parameter_tag() {
  if constexpr (requires { typename parameter_of_pointer<F>::type; })
    return std::type_identity<typename parameter_of_pointer<F>::type>{};
  else if constexpr (requires { typename parameter_of_pointer<decltype(&F::operator())>::type; })
    return std::type_identity<typename parameter_of_pointer<decltype(&F::operator())>::type>{};
  else
    return std::type_identity<void>{};
}

// The parameter exactly as written: T, const T& or T&&.
template <class F>
using parameter_t = typename decltype(parameter_tag<F>())::type;  // void: it names none

// Whether F can be a handler; the sentences for what can't.
template <class F>
constexpr bool check_handler() {
  using P = parameter_t<F>;
  constexpr bool generic = std::is_class_v<F> && !requires { &F::operator(); };
  constexpr bool one = generic || !std::is_void_v<P>;
  constexpr bool mutable_reference = std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>;
  static_assert(!generic,
                "brood: a handler names the type of its message in its parameter; a generic lambda (auto) names none: take "
                "any_message to match everything");
  static_assert(one, "brood: a handler takes one message: [](T m) { ... }");
  static_assert(!mutable_reference, "brood: a handler takes its message by value, by const& or by &&");
  if constexpr (std::is_void_v<P> || mutable_reference)
    return false;
  else
    return check_arrives<std::remove_cvref_t<P>>();
}

// A message that owns its envelope (any_message, request<M>), made to be looked at: the envelope stays in the queue.
template <class Message>
struct borrowed {
  Message view;
  explicit borrowed(const envelope& e) noexcept : view(Message::of(e)) {}
  borrowed(const borrowed&) = delete;
  ~borrowed() { view.release(); }
};

// ---- patterns: how a parameter type selects and unwraps a message; request<M> specialises it

template <class T>
struct pattern {
  static_assert(!request_type<T>,
                "brood: this message expects a reply, which receive can't give: take request<M>, or let serve reply");
  static constexpr bool any = false;
  static message_type_ref type() noexcept { return type_of<T>(); }
  template <class F>
  static decltype(auto) apply(F& f, envelope_ptr& e) {
    return f(static_cast<pass_t<F>>(e->exactly<T>()));
  }
  // The same, and the message ends with the handler.
  template <class F>
  static decltype(auto) apply_and_destroy(F& f, envelope_ptr& e) {
    kept_message<T> message(e.release());
    return f(static_cast<pass_t<F>>(message.value()));
  }
  // Whether a predicate holds for the message in the queue.
  template <class P>
  static bool test(P& predicate, const envelope& e) {
    return static_cast<bool>(predicate(e.exactly<T>()));
  }

 private:
  // By value and && get the message itself, const& a look at it; the envelope lives until the handler has returned.
  template <class F>
  using pass_t = std::conditional_t<std::is_lvalue_reference_v<parameter_t<F>>, const T&, T&&>;
};

template <>
struct pattern<any_message> {
  static constexpr bool any = true;
  static message_type_ref type() noexcept { return nullptr; }
  template <class F>
  static decltype(auto) apply(F& f, envelope_ptr& e) {
    return f(any_message(e.release()));
  }
  template <class P>
  static bool test(P& predicate, const envelope& e) {
    const borrowed<any_message> looked_at(e);
    return static_cast<bool>(predicate(looked_at.view));
  }
};

// Asks a predicate of the user's about a message in the queue. Meanwhile the wait says so: what would change the queue is refused.
template <class Pattern, class Predicate>
bool guard_holds(waiter& w, Predicate& predicate, const envelope& e) {
  w.result = guard_mark;
  const bool holds = Pattern::test(predicate, e);
  w.result = nullptr;
  return holds;
}

// ---- the clauses of a receive

// after(limit, action)
template <class F>
struct after_clause {
  time_limit limit;
  F action;
};
// after(limit): nothing to do, only to stop waiting
struct after_nothing {
  time_limit limit;
};
// when(guard, handler)
template <class Guard, class Handler>
struct guarded {
  Guard guard;
  Handler handler;
};

template <class C>
struct handler_of {
  using type = C;
};
template <class Guard, class Handler>
struct handler_of<guarded<Guard, Handler>> {
  using type = Handler;
};

template <class C>
inline constexpr bool is_after = false;
template <class F>
inline constexpr bool is_after<after_clause<F>> = true;
template <>
inline constexpr bool is_after<after_nothing> = true;

// within(limit), which receive<T> takes
struct within_limit {
  time_limit limit;
};

// What receive and serve take, each by itself: false, with a sentence, for what is none of it.
template <class C>
constexpr bool check_clause() {
  constexpr bool is_within = std::is_same_v<C, within_limit>;
  static_assert(
      !is_within,
      "brood: within goes with receive<T>(within(limit)); beside handlers it is after(limit, [] { ... }), the last of them");
  if constexpr (is_within)
    return false;
  else if constexpr (is_after<C>)
    return true;
  else
    return check_handler<typename handler_of<C>::type>();
}
template <class... Cs>
constexpr bool check_clauses() {
  return (int{check_clause<Cs>()} & ... & 1);
}

// One handler, guarded or not.
template <class H>
struct clause {
  using message = std::remove_cvref_t<parameter_t<H>>;
  using result = std::invoke_result_t<H&, parameter_t<H>>;
  static constexpr bool has_guard = false;
  static H& handler(H& h) noexcept { return h; }
};

template <class Guard, class H>
struct clause<guarded<Guard, H>> {
  using message = typename clause<H>::message;
  using result = typename clause<H>::result;
  static constexpr bool has_guard = true;
  static_assert(
      std::is_invocable_r_v<bool, Guard&, const message&>,
      "brood: a guard is a predicate over its handler's message: when([](const job& j) { return ...; }, [](job j) { ... })");
  static H& handler(guarded<Guard, H>& g) noexcept { return g.handler; }
};

template <class T>
struct unwrap_task {
  using type = T;
};
template <class T>
struct unwrap_task<task<T>> {
  using type = T;
};
template <class T>
using unwrap_task_t = typename unwrap_task<T>::type;

// Whether C, an unguarded handler, is followed by another handler of the same message, which could then never run.
template <class C, class... Later>
inline constexpr bool shadows =
    !clause<C>::has_guard && (std::is_same_v<typename clause<C>::message, typename clause<Later>::message> || ...);

template <class... Clauses>
struct none_shadowed : std::true_type {};
template <class C, class... Later>
struct none_shadowed<C, Later...> : std::bool_constant<!shadows<C, Later...> && none_shadowed<Later...>::value> {};

}  // namespace detail
}  // namespace brood
