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
#include <brood/outcome.hpp>
#include <brood/serve.hpp>
#include <brood/start.hpp>
#include <brood/task.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace brood {

namespace detail {

// A function on its way into the agent.
template <class T>
class agent_work {
 public:
  virtual ~agent_work() = default;
  virtual void run(T& value) = 0;
};

// … whose result waits here for the caller; a caller that gave up leaves it to the agent.
template <class T, class View, class F>
class agent_call final : public agent_work<T> {
 public:
  using result = std::decay_t<std::invoke_result_t<F&, View>>;
  static_assert(!is_task<result>, "brood: a function for an agent runs in one go: it is no coroutine; make the agent a server");

  explicit agent_call(F f) : f_(std::move(f)) {}
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
  co_await serve([&value](const agent_ask<T>& m) { m.work->run(value); }, [&value](const agent_tell<T>& m) { m.work->run(value); });
}

template <class T, class View, class F>
auto ask_agent(pid to, F f, time_limit limit) -> task<typename agent_call<T, View, F>::result> {
  const auto work = std::make_shared<agent_call<T, View, F>>(std::move(f));
  co_await call(to, agent_ask<T>{work}, limit);
  co_return work->take();
}

}  // namespace detail

template <class T>
class agent {
 public:
  // Linked to the caller. Elixir: Agent.start_link/2
  static task<outcome<agent>> start_link(T value) { return start_link(start_options{}, std::move(value)); }
  static task<outcome<agent>> start_link(start_options options, T value) {
    outcome<pid> started = co_await brood::start_link(std::move(options), &detail::agent_body<T>, std::move(value));
    if (!started)
      co_return outcome<agent>::failure(started.why());
    co_return agent(*started);
  }

  // To one that is known by its pid.
  explicit agent(pid who) noexcept : pid_(who) {}

  pid process() const noexcept { return pid_; }

  // f(const T&) in the agent, and its result. As call: the caller exits with timeout, noproc or the agent's reason. Elixir:
  // Agent.get/3
  template <class F>
  auto get(F f, time_limit limit = default_call_limit) const {
    return detail::ask_agent<T, const T&>(pid_, std::move(f), limit);
  }
  // f(T&); what it returns is dropped. Elixir: Agent.update/3
  template <class F>
  task<> update(F f, time_limit limit = default_call_limit) const {
    return detail::ask_agent<T, T&>(pid_, [f = std::move(f)](T& value) mutable { static_cast<void>(f(value)); }, limit);
  }
  // f(T&), and its result. Elixir: Agent.get_and_update/3
  template <class F>
  auto get_and_update(F f, time_limit limit = default_call_limit) const {
    return detail::ask_agent<T, T&>(pid_, std::move(f), limit);
  }
  // f(T&), not waited for; never fails. Elixir: Agent.cast/2
  template <class F>
  void cast(F f) const {
    brood::cast(pid_, detail::agent_tell<T>{std::make_shared<detail::agent_call<T, T&, F>>(std::move(f))});
  }

  friend bool operator==(const agent&, const agent&) = default;

 private:
  pid pid_;
};

}  // namespace brood
