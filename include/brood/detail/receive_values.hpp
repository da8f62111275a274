// receive<T...>(): the awaiter that returns the message itself.
#pragma once

#include <brood/detail/handler.hpp>
#include <brood/detail/wait.hpp>
#include <brood/pid.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

struct accept_all {};

template <class Member>
struct member_pointer;
template <class M, class T>
struct member_pointer<T M::*> {
  using message = M;
  using type = T;
};

// A filter that takes what holds this reference in that member, and asks nothing else: so a receive may skip what came before the
// reference was made (wait_kind::reference).
template <auto Member>
struct holds {
  using message = typename member_pointer<decltype(Member)>::message;
  using reference_type = typename member_pointer<decltype(Member)>::type;
  reference_type reference;
  bool operator()(const message& m) const noexcept { return m.*Member == reference; }
};
template <class Filter>
inline constexpr bool holds_reference = false;
template <auto Member>
inline constexpr bool holds_reference<holds<Member>> = true;

template <class T>
concept any_reference = std::same_as<T, ref> || std::same_as<T, monitor_ref> || std::same_as<T, timer_ref>;

struct no_limit {
  explicit no_limit(time_limit) noexcept {}
};

template <class T>
struct value_of {
  static T take(envelope_ptr e) {
    kept_message<T> message(e.release());
    return T(std::move(message.value()));
  }
};
template <>
struct value_of<any_message> {
  static any_message take(envelope_ptr e) { return any_message(e.release()); }
};

// Of receive<T>: as the handlers', but T is written out.
template <class T>
constexpr bool check_awaited() {
  constexpr bool plain = std::is_same_v<T, std::remove_cvref_t<T>>;
  static_assert(plain, "brood: receive<T> gives the message itself: name its type without const and without &");
  if constexpr (plain)
    return check_arrives<T>();
  else
    return false;
}
template <class... Ts>
constexpr bool check_all_awaited() {
  return (int{check_awaited<Ts>()} & ... & 1);
}

template <bool Limited, class Filter, class... Ts>
class [[nodiscard("co_await it")]] values_awaiter : public waiter {
  static constexpr bool single = sizeof...(Ts) == 1;
  using first = std::tuple_element_t<0, std::tuple<Ts...>>;

 public:
  using message = std::conditional_t<single, first, std::variant<Ts...>>;
  using result_type = std::conditional_t<Limited, std::optional<message>, message>;

  values_awaiter(Filter filter, time_limit limit) : filter_(std::move(filter)), limit_(limit) {}
  values_awaiter(const values_awaiter&) = delete;

  bool await_ready() const noexcept { return false; }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    static_assert(brood_promise<Promise>,
                  "brood: receive can be awaited only in a process or a task: this coroutine has no mailbox");
    if constexpr (Limited)
      return begin_wait(*frame.promise().proc, *this, kind_, limit_.limit);
    else
      return begin_wait(*frame.promise().proc, *this, kind_, time_limit(infinity));
  }

  result_type await_resume() {
    envelope_ptr taken(finish_wait(*this));
    if constexpr (Limited) {
      if (!taken)
        return std::nullopt;
    }
    return take<0>(std::move(taken));
  }

 private:
  template <std::size_t I>
  result_type take(envelope_ptr taken) {
    if constexpr (single) {
      return result_type(value_of<first>::take(std::move(taken)));
    } else {
      using T = std::tuple_element_t<I, std::tuple<Ts...>>;
      if constexpr (I + 1 < sizeof...(Ts)) {
        if (taken->matched != I)
          return take<I + 1>(std::move(taken));
      }
      return result_type(message(std::in_place_index<I>, value_of<T>::take(std::move(taken))));
    }
  }

  static int match(waiter& w, const envelope& e) {
    auto& self = static_cast<values_awaiter&>(w);
    int index = 0;
    int found = no_match;
    (void)(((self.template accepts<Ts>(e) ? (found = index, true) : (++index, false))) || ...);
    return found;
  }

  template <class T>
  bool accepts(const envelope& e) {
    if constexpr (!pattern<T>::any) {
      if (e.type != pattern<T>::type())
        return false;
    }
    if constexpr (std::is_same_v<Filter, accept_all>)
      return true;
    else if constexpr (holds_reference<Filter>)
      return pattern<T>::test(filter_, e);
    else
      return guard_holds<pattern<T>>(*this, filter_, e);
  }

  static std::uint64_t reference(const waiter& w) noexcept {
    if constexpr (holds_reference<Filter>)
      return id_access::number(static_cast<const values_awaiter&>(w).filter_.reference);
    return 0;
  }

  static inline const message_type_ref types_[] = {pattern<Ts>::type()...};
  static inline const wait_kind kind_{&match, types_, sizeof...(Ts), (pattern<Ts>::any || ...),
                                      holds_reference<Filter> ? &reference : nullptr};

  [[no_unique_address]] Filter filter_;
  [[no_unique_address]] std::conditional_t<Limited, within_limit, no_limit> limit_;
};

}  // namespace detail
}  // namespace brood
