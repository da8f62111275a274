// receive<T...>(): the awaiter that returns the message itself.
#pragma once

#include <brood/detail/handler.hpp>
#include <brood/detail/wait.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace brood::detail {

struct accept_all {
  template <class M>
  bool operator()(const M&) const noexcept {
    return true;
  }
};

// within(limit)
struct within_limit {
  time_limit limit;
};

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

template <bool Limited, class Filter, class... Ts>
class values_awaiter : public waiter {
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
    if constexpr (pattern<T>::any)
      return true;
    else
      return e.type == pattern<T>::type() && pattern<T>::test(filter_, e);
  }

  static inline const message_type* const types_[] = {pattern<Ts>::type()...};
  static inline const wait_kind kind_{&match, types_, sizeof...(Ts), (pattern<Ts>::any || ...)};

  [[no_unique_address]] Filter filter_;
  [[no_unique_address]] std::conditional_t<Limited, within_limit, no_limit> limit_;
};

}  // namespace brood::detail
