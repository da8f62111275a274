// What a task and its owner share: the value, written by the task before it ends and read by the owner after its DOWN.
#pragma once

#include <brood/detail/end_watch.hpp>
#include <brood/exit.hpp>
#include <brood/outcome.hpp>
#include <brood/process.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// What a callable's return type is worth: task<T> a T, process nothing.
template <class Raw>
struct result_of_body {
  using type = Raw;
};
template <class T>
struct result_of_body<task<T>> {
  using type = T;
};
template <>
struct result_of_body<process> {
  using type = void;
};
// Whether f(args...) can be the body of a process that gives a value; the sentences if not.
template <class F, class... A>
constexpr bool check_body() {
  constexpr bool kept = check_all_kept<F, A...>();
  constexpr bool calls = std::invocable<kept_t<F>, kept_t<A>...>;
  static_assert(
      !kept || calls,
      "brood: spawn_task(f, args...) and its like need an f that can be called with these arguments, moved; a parameter of "
      "type T& would refer to nobody's variable");
  return kept && calls;
}

template <class F, class... A>
using body_result_t = typename result_of_body<std::invoke_result_t<kept_t<F>, kept_t<A>...>>::type;

template <class T>
class task_state final : public end_watch {
  static_assert((check_result<T>(), true));

 public:
  using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  std::optional<stored> value;
  bool done_when_normal = false;  // of a `process`, which returns nothing: that it came to its end is its value

  // From the owner, once it has ended.
  bool succeeded() noexcept {
    if constexpr (std::is_void_v<T>) {
      if (done_when_normal && why == reason::normal)
        value.emplace();
    }
    return value.has_value() && why == reason::normal;  // one that condemned itself before it returned has none
  }
  // The value; or the caller exits with the task's reason.
  T take() {
    if (!succeeded())
      exit(why);
    if constexpr (!std::is_void_v<T>)
      return std::move(*value);
  }
  outcome<T> take_outcome(const exit_reason& otherwise) {
    if (!succeeded())
      return outcome<T>::failure(otherwise);
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return outcome<T>(std::move(*value));
  }
  outcome<T> take_outcome() { return take_outcome(why); }
};

// The callable that is spawned: runs f and leaves its value in the state.
template <class T, class F>
class task_body {
 public:
  using wrapped_callable = F;

  template <class G>
  task_body(counted<task_state<T>> state, G&& f) : state_(std::move(state)), f_(std::forward<G>(f)) {}

  template <class... A>
    requires std::invocable<F, A...>
  auto operator()(A&&... args) && {
    using raw = std::invoke_result_t<F, A...>;
    if constexpr (std::is_same_v<raw, process>) {
      state_->done_when_normal = true;
      return std::invoke(std::move(f_), std::forward<A>(args)...);
    } else if constexpr (is_task<raw>) {
      return keep_value(*state_, std::invoke(std::move(f_), std::forward<A>(args)...));
    } else if constexpr (std::is_void_v<raw>) {
      std::invoke(std::move(f_), std::forward<A>(args)...);
      state_->value.emplace();
    } else {
      state_->value.emplace(std::invoke(std::move(f_), std::forward<A>(args)...));
    }
  }

 private:
  // The closure that owns the state lives as long as the process.
  static task<> keep_value(task_state<T>& state, task<T> body) {
    if constexpr (std::is_void_v<T>) {
      co_await quietly(body);
      state.value.emplace();
    } else {
      state.value.emplace(co_await quietly(body));
    }
  }

  counted<task_state<T>> state_;
  [[no_unique_address]] F f_;
};

// Spawns f(args...) as a task of this process.
template <class F, class... A>
auto start_task(bool linked, std::source_location at, const char* call, F&& f, A&&... args) {
  if constexpr (check_body<F, A...>()) {
    using T = body_result_t<F, A...>;
    require_owner_to_be(call);
    counted<task_state<T>> state(new task_state<T>);
    const spawn_settings settings{nullptr, linked, true, at};
    const spawned made = spawn_with(settings, task_body<T, kept_t<F>>(state, std::forward<F>(f)), std::forward<A>(args)...);
    begin_end_watch(*state, made, linked);
    return state;
  } else {
    return counted<task_state<void>>();
  }
}

}  // namespace detail
}  // namespace brood
