// Typed addresses: a pid, and which messages the process behind it understands, checked by the compiler.
//
//     struct deposit {
//       int amount;
//     };
//     struct balance {
//       using reply = int;
//     };
//     using account = protocol<deposit, balance>;
//     process run_account() {
//       int n = 0;
//       co_await serve_as<account>([&](deposit d) { n += d.amount; }, [&](balance) { return n; });
//     }
//     task<int> pay(address<account> to) {
//       send(to, deposit{5});
//       co_return co_await call(to, balance{});
//     }
//     process start_account() {
//       const int n = co_await pay(spawn_as<account>(run_account));
//       exit(exit_reason(n));
//     }
//
// An address converts to one of fewer messages: address<protocol<deposit>> may be given to whoever shall only pay in.
#pragma once

#include <brood/call.hpp>
#include <brood/cast.hpp>
#include <brood/detail/arities.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>
#include <brood/serve.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

// The messages a process understands; a request is named by its own type: protocol<deposit, balance>.
template <class... M>
struct protocol {};

namespace detail {

template <class P, class M>
inline constexpr bool understands = false;
template <class... Ms, class M>
inline constexpr bool understands<protocol<Ms...>, M> = (std::is_same_v<Ms, M> || ...);

template <class Wide, class Narrow>
inline constexpr bool covers = false;
template <class Wide, class... Ms>
inline constexpr bool covers<Wide, protocol<Ms...>> = (understands<Wide, Ms> && ...);

// That its messages can be sent at all.
template <class P>
struct sendable_protocol : std::true_type {};
template <class... Ms>
struct sendable_protocol<protocol<Ms...>> : std::bool_constant<(int{check_awaited<Ms>()} & ... & 1)> {};
template <class P>
constexpr bool check_protocol() {
  return sendable_protocol<P>::value;
}

template <class P, class M>
constexpr void check_understood() {
  check_protocol<P>();
  static_assert(understands<P, kept_t<M>>,
                "brood: the protocol of this address lacks this message: add it to the protocol, or send another");
}

template <class Message, class... Hs>
inline constexpr bool handled_by_one =
    (std::is_same_v<Message, typename served_pattern<typename clause<Hs>::message>::message> || ...);

template <class P, class... Hs>
inline constexpr bool handles_all = false;
template <class... Ms, class... Hs>
inline constexpr bool handles_all<protocol<Ms...>, Hs...> = (handled_by_one<Ms, Hs...> && ...);

struct handles_nothing {
  void operator()(const handles_nothing&) const {}
};
template <class H>
using handler_or_none = std::conditional_t<is_after<H>, handles_nothing, H>;

}  // namespace detail

template <class P>
class address {
 public:
  address() noexcept = default;  // names no process
  explicit address(pid who) noexcept : who_(who) {}
  template <class Wide>
    requires detail::covers<Wide, P>
  address(address<Wide> other) noexcept : who_(static_cast<pid>(other)) {}

  explicit operator pid() const noexcept { return who_; }
  explicit operator bool() const noexcept { return static_cast<bool>(who_); }
  friend auto operator<=>(const address&, const address&) noexcept = default;
  friend std::string describe(const address& a) { return to_string(a.who_); }

 private:
  pid who_;
};

template <class P>
std::ostream& operator<<(std::ostream& out, address<P> a) {
  return out << static_cast<pid>(a);
}

template <class P, class M>
void send(address<P> to, M&& message) {
  detail::check_understood<P, M>();
  send(static_cast<pid>(to), std::forward<M>(message));
}
template <class P, class M>
void cast(address<P> to, M&& message) {
  detail::check_understood<P, M>();
  cast(static_cast<pid>(to), std::forward<M>(message));
}
template <class P, class M>
BROOD_LINT_KEEPS task<detail::named_reply_t<M>> call(address<P> to, M&& message, time_limit limit = default_call_limit) {
  detail::check_understood<P, M>();
  return call(static_cast<pid>(to), std::forward<M>(message), limit);
}
template <class P, class M>
BROOD_LINT_KEEPS task<outcome<detail::named_reply_t<M>>> try_call(address<P> to, M&& message,
                                                                  time_limit limit = default_call_limit) {
  detail::check_understood<P, M>();
  return try_call(static_cast<pid>(to), std::forward<M>(message), limit);
}

// spawn_as<P>(f, args...), spawn_link_as<P>(f, args...): spawn and spawn_link, with the promise that f understands P: see serve_as.
#define BROOD_SPAWN_AS_FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                        \
  template <class P, class F TEMPLATE_ARGS>                                                                \
  address<P> spawn_as(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {       \
    return address<P>(detail::spawn_with({.at = at}, std::forward<F>(f) FORWARDED).process);               \
  }                                                                                                        \
  template <class P, class F TEMPLATE_ARGS>                                                                \
  address<P> spawn_link_as(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {  \
    return address<P>(detail::spawn_with({.link = true, .at = at}, std::forward<F>(f) FORWARDED).process); \
  }

BROOD_FOR_ARITIES(BROOD_SPAWN_AS_FAMILY)
#undef BROOD_SPAWN_AS_FAMILY
BROOD_REFUSED(class P BROOD_COMMA, spawn_as, , BROOD_WHICH)
BROOD_REFUSED(class P BROOD_COMMA, spawn_link_as, , BROOD_WHICH)

// Nine arguments and more.
template <class P, class F, class... A>
  requires(sizeof...(A) > 8)
address<P> spawn_as(F&& f, A&&... args) {
  return address<P>(detail::spawn_with({}, std::forward<F>(f), std::forward<A>(args)...).process);
}
template <class P, class F, class... A>
  requires(sizeof...(A) > 8)
address<P> spawn_link_as(F&& f, A&&... args) {
  return address<P>(detail::spawn_with({.link = true}, std::forward<F>(f), std::forward<A>(args)...).process);
}

// serve, which compiles only when every message of P has a handler.
template <class P, class... H>
task<exit_reason> serve_as(H... handlers) {
  detail::check_protocol<P>();
  if constexpr (detail::check_clauses<H...>())
    static_assert(detail::handles_all<P, detail::handler_or_none<H>...>,
                  "brood: a message of this protocol has no handler in serve_as: handle it, or take it out of the protocol");
  return serve(std::move(handlers)...);
}

}  // namespace brood

template <class P>
struct std::hash<brood::address<P>> {
  std::size_t operator()(brood::address<P> a) const noexcept { return std::hash<brood::pid>{}(static_cast<brood::pid>(a)); }
};
