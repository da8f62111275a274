// Results of a handler of serve other than a reply: serving goes on, or ends with a reason and perhaps a last reply.
//
//     struct leave {
//       using reply = int;
//     };
//     process server() {
//       int n = 0;
//       co_await serve([&](int by) { n += by; },
//                      [&](leave) -> served<leave> {  // either a reply, or a stop: served says so
//                        if (n < 10)
//                          return n;
//                        return stop_serving(reason::shutdown).reply(n);
//                      });
//       n = 0;  // terminate: runs before that reply is sent
//     }
//
// stop_serving, stop_serving(why), stop_serving.reply(v), stop_serving(why).reply(v). OTP: {stop, Reason, Reply, State}
#pragma once

#include <brood/exit_reason.hpp>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

struct no_reply {};

// A lambda that returns both a reply and one of these has no return type, and the compiler names theirs: hence this name.
namespace return_served_to_reply_or_stop {

template <class V = no_reply>
struct stop_with {
  exit_reason why;
  V value{};

  template <class W>
  stop_with<std::decay_t<W>> reply(W&& v) &&
    requires std::same_as<V, no_reply>
  {
    return {std::move(why), std::forward<W>(v)};
  }
  stop_with<std::monostate> reply() &&
    requires std::same_as<V, no_reply>
  {
    return {std::move(why), {}};
  }
};

struct stop_now {
  stop_with<> operator()(exit_reason why) const noexcept { return {std::move(why), {}}; }
  template <class W>
  stop_with<std::decay_t<W>> reply(W&& v) const {
    return {reason::normal, std::forward<W>(v)};
  }
  stop_with<std::monostate> reply() const { return {reason::normal, {}}; }
};

}  // namespace return_served_to_reply_or_stop

using return_served_to_reply_or_stop::stop_now;
using return_served_to_reply_or_stop::stop_with;

struct keep_on {};

template <class R>
inline constexpr bool is_stop = std::is_same_v<R, stop_now>;
template <class V>
inline constexpr bool is_stop<stop_with<V>> = true;

template <class M>
struct reply_of {
  using type = typename M::reply;
};
template <>
struct reply_of<void> {
  using type = void;
};

struct served_access;

}  // namespace detail

// Ends the serving with reason normal; see above.
inline constexpr detail::return_served_to_reply_or_stop::stop_now stop_serving{};
// Goes on: for handlers that must return something.
inline constexpr detail::keep_on keep_serving{};

// "Reply or stop", of a request M: from anything convertible to its reply and from every form of stop_serving. served<>, of
// messages that expect no reply and of request<M>: "go on or stop", from keep_serving and stop_serving.
template <class M = void>
class served {
  using reply = typename detail::reply_of<M>::type;
  using value = std::conditional_t<std::is_void_v<reply>, std::monostate, reply>;
  template <class V>
  static constexpr bool converts = std::is_convertible_v<V, value> && !std::is_void_v<reply> &&
                                   !std::same_as<std::remove_cvref_t<V>, served> && !detail::is_stop<std::remove_cvref_t<V>>;

 public:
  template <class V>
    requires converts<V>
  served(V&& v) : value_(std::in_place, std::forward<V>(v)) {}
  served(detail::keep_on)
    requires std::is_void_v<reply>
      : value_(std::in_place) {}
  served(detail::stop_now) noexcept : stops_(true) {}
  served(detail::stop_with<> s) noexcept : stops_(true), why_(std::move(s.why)) {}
  template <class V>
    requires(std::is_convertible_v<V, value> && !std::is_void_v<M>)
  served(detail::stop_with<V> s) : value_(std::in_place, std::move(s.value)), stops_(true), why_(std::move(s.why)) {}

 private:
  friend detail::served_access;
  std::optional<value> value_;
  bool stops_ = false;
  exit_reason why_;
};

namespace detail {
struct served_access {
  template <class M>
  static auto& value(served<M>& s) noexcept {
    return s.value_;
  }
  template <class M>
  static bool stops(const served<M>& s) noexcept {
    return s.stops_;
  }
  template <class M>
  static exit_reason& why(served<M>& s) noexcept {
    return s.why_;
  }
};
}  // namespace detail

}  // namespace brood
