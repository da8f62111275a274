// Tasks: a process that computes one value, and the handle to wait for it.
//
//     auto left = spawn_task(count_words, files[0]);
//     auto right = spawn_task(count_words, files[1]);
//     const int words = co_await left + co_await right;
//
// Structured: a handle that is destroyed before its value was fetched kills the task, so no task outlives the scope that holds
// it. Only the process that made a task may wait for it; no message of the task's ever reaches a mailbox, but for the link's
// `exited` of an owner that traps exits. Handles are move-only and belong to one process at a time. Elixir: Task
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/arities.hpp>
#include <brood/detail/task_state.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <concepts>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

// What Task.await waits when nothing is said.
inline constexpr time_limit task_patience = std::chrono::seconds(5);

// Throws unless the caller may wait for it: task_owner_error, or std::logic_error if it is null.
BROOD_API void require_waitable(const end_watch* w, const char* call);
// Task.shutdown: returns when it is dead.
BROOD_API task<> shut_down_task(end_watch* w, time_limit limit);

struct handle_access;

}  // namespace detail

template <class T = void>
class [[nodiscard("a task whose handle is destroyed is killed: keep it and await it, or detach() it")]] task_handle {
  using state = detail::task_state<T>;

 public:
  task_handle(task_handle&& other) noexcept = default;
  task_handle& operator=(task_handle&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~task_handle() {
    if (state_)
      detail::end_and_forget(*state_);
  }

  class [[nodiscard("co_await it")]] awaiter : public detail::end_awaiter {
   public:
    explicit awaiter(task_handle& handle)
        : end_awaiter(board_, detail::task_patience, handle.process()),
          handle_(handle),
          guard_(handle.checked("co_await task"), board_) {}
    T await_resume() {
      if (!end_awaiter::await_resume())
        exit(reason::timeout);
      return handle_.spend()->take();
    }

   private:
    detail::end_board board_;
    task_handle& handle_;
    detail::board_guard guard_;
  };

  // The value. The caller exits (catchably) with the task's reason if it failed, with reason timeout after 5 s; the task goes on
  // meanwhile, and may be awaited again. Throws task_owner_error in another process, std::logic_error for a value fetched before.
  // Elixir: Task.await/1
  awaiter operator co_await() & { return awaiter(*this); }
  awaiter operator co_await() && { return awaiter(*this); }

  // The same with another limit. A negative one throws std::invalid_argument. Elixir: Task.await/2
  task<T> await(time_limit limit) {
    if (!co_await detail::quietly(ended_within(limit, "await")))
      exit(reason::timeout);
    co_return spend()->take();
  }

  // The value, or nothing yet: then ask again. A failed task: the caller exits with its reason. Without a value (void): whether it
  // has succeeded. Elixir: Task.yield/2
  task<std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>> within(time_limit limit) {
    const bool ended = co_await detail::quietly(ended_within(limit, "within"));
    if constexpr (std::is_void_v<T>) {
      if (ended)
        spend()->take();
      co_return ended;
    } else {
      if (!ended)
        co_return std::nullopt;
      co_return spend()->take();
    }
  }

  // Ends the task: exit signal shutdown, after `limit` kill. When this returns it is dead and has left no message and no link
  // behind. Its value, if that came first; else why it ended: shutdown, killed, or its own reason. Elixir: Task.shutdown/2
  task<outcome<T>> shutdown(time_limit limit = detail::task_patience) {
    detail::counted<state> watched(state_);
    co_await detail::quietly(detail::shut_down_task(watched.get(), limit));
    co_return spend()->take_outcome();
  }

  // The task's process; pid{} once its value was fetched or the handle moved from.
  pid process() const noexcept { return state_ ? state_->process : pid{}; }

  // Lets it run on by itself, unlinked; its value is dropped. Elixir: Task.ignore/1
  void detach() && {
    if (state_)
      detail::let_go(*std::exchange(state_, {}));
  }

 private:
  friend detail::handle_access;
  explicit task_handle(detail::counted<state> s) noexcept : state_(std::move(s)) {}

  detail::end_watch& checked(const char* call) const {
    detail::require_waitable(state_.get(), call);
    return *state_;
  }
  // Its value or its failure has been fetched; that works once.
  detail::counted<state> spend() noexcept { return std::exchange(state_, {}); }

  task<bool> ended_within(time_limit limit, const char* call) {
    detail::end_board board;
    const detail::board_guard guard(checked(call), board);
    co_return co_await detail::quietly(detail::end_awaiter(board, limit, process()));
  }

  detail::counted<state> state_;
};

namespace detail {

struct handle_access {
  template <class T>
  static task_handle<T> make(counted<task_state<T>> s) noexcept {
    return task_handle<T>(std::move(s));
  }
  template <class T>
  static end_watch& checked(const task_handle<T>& h, const char* call) {
    return h.checked(call);
  }
  template <class T>
  static counted<task_state<T>> spend(task_handle<T>& h) noexcept {
    return h.spend();
  }
};

}  // namespace detail

// spawn_task(f, args...): spawns f(args...) and links it to the caller: a task that fails ends its owner, an owner that fails ends
// its task. f is what spawn takes; what it returns (or a task<T> of it gives) is the value. Throws as spawn does. Elixir:
// Task.async/1
// spawn_task_unlinked(f, args...): without the link; a failure shows when the task is awaited. Elixir:
// Task.Supervisor.async_nolink/2
#define BROOD_TASK_FAMILY(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                                             \
  template <class F TEMPLATE_ARGS>                                                                                          \
  auto spawn_task(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {                            \
    return detail::handle_access::make(detail::start_task(true, at, "spawn_task", std::forward<F>(f) FORWARDED));           \
  }                                                                                                                         \
  template <class F TEMPLATE_ARGS>                                                                                          \
  auto spawn_task_unlinked(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {                   \
    return detail::handle_access::make(detail::start_task(false, at, "spawn_task_unlinked", std::forward<F>(f) FORWARDED)); \
  }
BROOD_FOR_ARITIES(BROOD_TASK_FAMILY)
#undef BROOD_TASK_FAMILY

// Nine arguments and more.
template <class F, class... A>
  requires(sizeof...(A) > 8)
auto spawn_task(F&& f, A&&... args) {
  return detail::handle_access::make(detail::start_task(true, {}, "spawn_task", std::forward<F>(f), std::forward<A>(args)...));
}
template <class F, class... A>
  requires(sizeof...(A) > 8)
auto spawn_task_unlinked(F&& f, A&&... args) {
  return detail::handle_access::make(
      detail::start_task(false, {}, "spawn_task_unlinked", std::forward<F>(f), std::forward<A>(args)...));
}
BROOD_WHICH_FUNCTION(spawn_task)
BROOD_WHICH_FUNCTION(spawn_task_unlinked)

}  // namespace brood
