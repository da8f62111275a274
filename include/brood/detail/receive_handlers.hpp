// receive(handlers...): the awaiter that reacts.
#pragma once

#include <brood/detail/handler.hpp>
#include <brood/detail/wait.hpp>

#include <cstddef>
#include <tuple>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// One result type for all handlers and the `after` action; `after(limit)` alone goes with handlers that have none.
template <class First, class... Rest>
struct common_result {
  static_assert((std::is_same_v<First, Rest> && ...),
                "brood: all handlers and the after action of one receive return the same type; after(limit) without an action "
                "stands only beside handlers without a value");
  using type = First;
};

struct no_after {
  time_limit limit = time_limit(infinity);
};

template <class After, class... Hs>
struct receive_result {  // after_nothing: nothing comes of it
  static_assert(
      ((std::is_void_v<unwrap_task_t<typename clause<Hs>::result>>) && ...),
      "brood: after(limit) without an action stands only beside handlers without a value; give it an action that returns one");
  using type = void;
  static constexpr bool task = false;
};
template <class... Hs>
struct receive_result<no_after, Hs...> : common_result<unwrap_task_t<typename clause<Hs>::result>...> {
  static constexpr bool task = false;
};
template <class F, class... Hs>
struct receive_result<after_clause<F>, Hs...>
    : common_result<unwrap_task_t<std::invoke_result_t<F&>>, unwrap_task_t<typename clause<Hs>::result>...> {
  static constexpr bool task = is_task<std::invoke_result_t<F&>>;
};

// The awaiter itself. What a handler returned comes out of await_resume unchanged, a task included: receive() awaits that.
template <class After, class... Hs>
class [[nodiscard("co_await it")]] handlers_awaiter : public waiter {
 public:
  static_assert(none_shadowed<Hs...>::value,
                "brood: two handlers of one receive take the same message: the second could never run; give the first a guard");
  using result_type = typename receive_result<After, Hs...>::type;
  static constexpr bool has_tasks = (is_task<typename clause<Hs>::result> || ... || receive_result<After, Hs...>::task);

  handlers_awaiter(After after, Hs... handlers) : handlers_(std::move(handlers)...), after_(std::move(after)) {}
  handlers_awaiter(const handlers_awaiter&) = delete;

  bool await_ready() const noexcept { return false; }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    static_assert(brood_promise<Promise>,
                  "brood: receive can be awaited only in a process or a task: this coroutine has no mailbox");
    return begin_wait(*frame.promise().proc, *this, kind_, after_.limit);
  }

  result_type await_resume()
    requires(!has_tasks)
  {
    envelope_ptr taken(finish_wait(*this));
    return react(taken, [](auto&& run) -> result_type { return run(); });
  }

  // With handlers that are coroutines, receive_and_await() runs them, keeping the message alive meanwhile.
  envelope_ptr await_resume()
    requires has_tasks
  {
    return envelope_ptr(finish_wait(*this));
  }

  // Calls `visit` with a function that runs the handler that took the message, or the after action.
  template <class Visit>
  auto react(envelope_ptr& taken, Visit visit) {
    if constexpr (sizeof...(Hs) > 0) {
      if (taken)
        return run_handler<0>(taken, visit);
    }
    return visit([&]() -> decltype(auto) {
      if constexpr (requires { after_.action(); })
        return after_.action();
      else if constexpr (!std::is_void_v<result_type>)
        return unreachable<result_type>();
    });
  }

 private:
  template <class R>
  [[noreturn]] static R unreachable() {
    __builtin_unreachable();  // without an after clause a receive ends only by a message
  }

  template <std::size_t I, class Visit>
  auto run_handler(envelope_ptr& taken, Visit& visit) {
    using C = std::tuple_element_t<I, std::tuple<Hs...>>;
    if constexpr (I + 1 < sizeof...(Hs)) {
      if (taken->matched != I)
        return run_handler<I + 1>(taken, visit);
    }
    return visit([&]() -> decltype(auto) {
      using P = pattern<typename clause<C>::message>;
      auto& handler = clause<C>::handler(std::get<I>(handlers_));
      if constexpr (!has_tasks && requires { P::apply_and_destroy(handler, taken); })
        return P::apply_and_destroy(handler, taken);
      else
        return P::apply(handler, taken);  // takes it, or leaves it to who runs the handler
    });
  }

  static int match(waiter& w, const envelope& e) {
    auto& self = static_cast<handlers_awaiter&>(w);
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      int found = no_match;
      (void)((self.template accepts<I>(e) ? (found = static_cast<int>(I), true) : false) || ...);
      return found;
    }(std::index_sequence_for<Hs...>{});
  }

  template <std::size_t I>
  bool accepts(const envelope& e) {
    using C = std::tuple_element_t<I, std::tuple<Hs...>>;
    using P = pattern<typename clause<C>::message>;
    if constexpr (!P::any) {
      if (e.type != P::type())
        return false;
    }
    if constexpr (clause<C>::has_guard)
      return guard_holds<P>(*this, std::get<I>(handlers_).guard, e);
    else
      return true;
  }

  static inline const message_type_ref types_[] = {pattern<typename clause<Hs>::message>::type()..., message_type_ref()};
  static inline const wait_kind kind_{sizeof...(Hs) == 0 ? nullptr : &match, types_, sizeof...(Hs),
                                      (pattern<typename clause<Hs>::message>::any || ...)};

  [[no_unique_address]] std::tuple<Hs...> handlers_;
  [[no_unique_address]] After after_;
};

// A handler's result as a task, whatever it was.
template <class R, class Run>
task<R> as_task(Run run) {
  using raw = std::invoke_result_t<Run&>;
  if constexpr (is_task<raw>)
    return run();
  else
    return [](R value) -> task<R> { co_return std::move(value); }(run());
}
template <class Run>
task<void> as_void_task(Run run) {
  using raw = std::invoke_result_t<Run&>;
  if constexpr (is_task<raw>)
    return run();
  else
    return run(), []() -> task<void> { co_return; }();
}

template <class After, class... Hs>
auto receive_and_await(After after, Hs... handlers) -> task<typename receive_result<After, Hs...>::type> {
  using R = typename receive_result<After, Hs...>::type;
  handlers_awaiter<After, Hs...> wait(std::move(after), std::move(handlers)...);
  envelope_ptr taken = co_await quietly(wait);
  if constexpr (std::is_void_v<R>)
    co_await quietly(wait.react(taken, [](auto run) { return as_void_task(run); }));
  else
    co_return co_await quietly(wait.react(taken, [](auto run) { return as_task<R>(run); }));
}

}  // namespace detail
}  // namespace brood
