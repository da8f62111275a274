// An agent: a value behind a process. Functions run inside it, one at a time, in the order they come from each caller.
//
//     process count() {
//       auto counter = *co_await agent<int>::start_link(0);
//       co_await counter.update([](int& n) { ++n; });
//       const int n = co_await counter.get([](const int& n) { return n; });
//       counter.cast([by = n](int& n) { n += by; });
//     }
//
// A handle: copy it, send it. What a function throws ends the agent, and its caller with the agent's reason. Functions are moved
// into the agent's process: capture values, not references. Long ones keep others waiting. Elixir: Agent
#pragma once

#include <brood/call.hpp>
#include <brood/cast.hpp>
#include <brood/detail/refused.hpp>
#include <brood/outcome.hpp>
#include <brood/serve.hpp>
#include <brood/start.hpp>
#include <brood/task.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

// A function on its way into the agent.
template <class T>
class agent_work {
 public:
  virtual ~agent_work() = default;
  virtual void run(T& value) = 0;
};

template <class T, class U>
constexpr bool check_agent_value() {
  constexpr bool converts = std::convertible_to<U, T>;
  constexpr bool same = std::same_as<std::remove_cvref_t<U>, T>;
  static_assert(converts || !same, "brood: std::move it: this value can't be copied (and what is const can't be moved)");
  static_assert(converts || same, "brood: an agent<T> starts with a T");
  return converts;
}

template <class View, class F>
constexpr bool check_agent_function() {
  constexpr bool kept = check_kept<F>();
  constexpr bool calls = std::invocable<std::decay_t<F>&, View>;
  static_assert(
      !kept || calls,
      "brood: a function for an agent takes its value: that of get a const T&, those of update, get_and_update and cast a T&");
  return kept && calls;
}

// … whose result waits here for the caller; a caller that gave up leaves it to the agent.
template <class T, class View, class F>
class agent_call final : public agent_work<T> {
 public:
  using result = std::decay_t<std::invoke_result_t<F&, View>>;
  static_assert((check_result<result>(), true));
  static_assert(!is_task<result>, "brood: a function for an agent runs in one go: it is no coroutine; make the agent a server");

  template <class G>
  explicit agent_call(G&& f) : f_(std::forward<G>(f)) {}
  void run(T& value) override {
    if constexpr (std::is_void_v<result>)
      f_(static_cast<View>(value));
    else
      result_.emplace(f_(static_cast<View>(value)));
  }
  result take() {
    if constexpr (!std::is_void_v<result>)
      return std::move(*result_);
  }

 private:
  F f_;
  [[no_unique_address]] std::conditional_t<std::is_void_v<result>, std::monostate,
                                           std::optional<std::conditional_t<std::is_void_v<result>, int, result>>> result_;
};

template <class T>
struct agent_ask {
  using reply = void;
  std::shared_ptr<agent_work<T>> work;
};
template <class T>
struct agent_tell {
  std::shared_ptr<agent_work<T>> work;
};

template <class T>
process agent_body(T value) {
  co_await quietly(
      serve([&value](const agent_ask<T>& m) { m.work->run(value); }, [&value](const agent_tell<T>& m) { m.work->run(value); }));
}

template <class T, class Call>
task<typename Call::result> await_agent(pid to, std::shared_ptr<Call> work, time_limit limit) {
  co_await quietly(call(to, agent_ask<T>{work}, limit));
  co_return work->take();
}

template <class T, class View, class F>
auto ask_agent(pid to, F&& f, time_limit limit) {
  if constexpr (check_agent_function<View, F>())
    return await_agent<T>(to, std::make_shared<agent_call<T, View, std::decay_t<F>>>(std::forward<F>(f)), limit);
  else
    return refused<task<>>();
}

}  // namespace detail

template <class T>
class agent {
 public:
  // Linked to the caller. Elixir: Agent.start_link/2
  template <class U = T>
  BROOD_LINT_KEEPS static task<outcome<agent>> start_link(U&& value, std::source_location at = std::source_location::current()) {
    return start_link(start_options{}, std::forward<U>(value), at);
  }
  template <class U = T>
  BROOD_LINT_KEEPS static task<outcome<agent>> start_link(start_options options, U&& value,
                                                          std::source_location at = std::source_location::current()) {
    if constexpr (detail::check_agent_value<T, U>())
      return start(std::move(options), T(std::forward<U>(value)), at);
    else
      return detail::refused<task<outcome<agent>>>();
  }

  // To one that is known by its pid.
  explicit agent(pid who) noexcept : pid_(who) {}

  pid process() const noexcept { return pid_; }

  // f(const T&) in the agent, and its result. As call: the caller exits with timeout, noproc or the agent's reason. Elixir:
  // Agent.get/3
  template <class F>
  BROOD_LINT_KEEPS auto get(F&& f, time_limit limit = default_call_limit) const {
    return detail::ask_agent<T, const T&>(pid_, std::forward<F>(f), limit);
  }
  // Calls f(T&); its result is dropped. Elixir: Agent.update/3
  template <class F>
  BROOD_LINT_KEEPS task<> update(F&& f, time_limit limit = default_call_limit) const {
    if constexpr (detail::check_agent_function<T&, F>())
      return detail::ask_agent<T, T&>(
          pid_, [g = std::decay_t<F>(std::forward<F>(f))](T& value) mutable { static_cast<void>(g(value)); }, limit);
    else
      return detail::refused<task<>>();
  }
  // f(T&), and its result. Elixir: Agent.get_and_update/3
  template <class F>
  BROOD_LINT_KEEPS auto get_and_update(F&& f, time_limit limit = default_call_limit) const {
    return detail::ask_agent<T, T&>(pid_, std::forward<F>(f), limit);
  }
  // f(T&), not waited for; never fails. Elixir: Agent.cast/2
  template <class F>
  void cast(F&& f) const {
    if constexpr (detail::check_agent_function<T&, F>())
      brood::cast(pid_, detail::agent_tell<T>{std::make_shared<detail::agent_call<T, T&, std::decay_t<F>>>(std::forward<F>(f))});
  }

  BROOD_REFUSED(, get, const, BROOD_WHICH)
  BROOD_REFUSED(, get_and_update, const, BROOD_WHICH)
  BROOD_REFUSED(, update, const, BROOD_WHICH)
  BROOD_REFUSED(, cast, const, BROOD_WHICH)

  friend bool operator==(const agent&, const agent&) = default;

 private:
  static task<outcome<agent>> start(start_options options, T value, std::source_location at) {
    outcome<pid> started =
        co_await detail::quietly(detail::make_start(std::move(options), true, at, &detail::agent_body<T>, std::move(value)));
    if (!started)
      co_return outcome<agent>::failure(started.why());
    co_return agent(*started);
  }

  pid pid_;
};

}  // namespace brood
