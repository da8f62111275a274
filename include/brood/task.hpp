// `task<T>`: a helper to `co_await` inside a process or another task; `receive`, `call`, `sleep` … in it work on the awaiting
// process's mailbox.
//
// Lazy: runs when awaited, in the awaiting process, and its value or exception comes out of the co_await. Awaiting in a loop
// keeps memory flat; a deep chain of awaits is destroyed frame by frame, without recursion. Move-only; await it once.
//
//     task<int> ask(pid server) {
//       send(server, get{"a", self()});
//       co_return (co_await receive<value>()).n;
//     }
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/compiler.hpp>
#include <brood/detail/frame.hpp>
#include <brood/detail/lint.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

template <class T = void>
class task;

namespace detail {

// Records the exception in flight as the reason this process ends with. Never throws.
BROOD_API void body_threw(process_stack& proc) noexcept;

struct task_frame;
// Records it as what comes out of the await, and where that stands.
BROOD_API void task_threw(task_frame& frame) noexcept;

struct task_frame : coroutine_promise {
  std::source_location awaited_at;  // where a user awaits this task, or a task that awaits it
  std::exception_ptr failure;

  void awaited_by(task_frame** handle, bool quietly) noexcept { owner_ = reinterpret_cast<std::uintptr_t>(handle) | quietly; }
  // The handle in the awaiting expression: to be cleared when a kill destroys this frame first.
  task_frame** owner() const noexcept { return reinterpret_cast<task_frame**>(owner_ & ~std::uintptr_t{1}); }
  // By a coroutine of the library's: `awaited_at` is said by an outer frame, too.
  bool awaited_quietly() const noexcept { return (owner_ & 1) != 0; }

  void unhandled_exception() noexcept {
    if (parent)
      task_threw(*this);
    else
      body_threw(*proc);  // spawned as a process
  }
  detail::initial_suspend initial_suspend() const noexcept { return {}; }
  detail::final_suspend final_suspend() const noexcept { return {}; }

 private:
  friend struct debug_layout;
  std::uintptr_t owner_ = 0;  // and bit 0: awaited quietly
};

// std::optional for a value whose alignment a promise can't have: it finds its place inside its own bytes.
template <class T>
class over_aligned_value {
 public:
  over_aligned_value() noexcept = default;
  over_aligned_value(const over_aligned_value&) = delete;
  ~over_aligned_value() {
    if (value_)
      value_->~T();
  }
  template <class V>
  void emplace(V&& v) {
    void* place = room_;
    std::size_t space = sizeof room_;
    value_ = ::new (std::align(alignof(T), sizeof(T), place, space)) T(std::forward<V>(v));
  }
  T& operator*() noexcept { return *value_; }

 private:
  T* value_ = nullptr;
  unsigned char room_[sizeof(T) + alignof(T) - 1];
};

template <class T>
struct task_promise : task_frame {
  std::conditional_t<(alignof(T) > 2 * sizeof(void*)), over_aligned_value<T>, std::optional<T>> value;
  task<T> get_return_object() noexcept;
  template <class U = T>
    requires std::is_convertible_v<U&&, T>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
  T take() {
    if (failure)
      std::rethrow_exception(std::exchange(failure, nullptr));
    return std::move(*value);
  }
};

template <class T>
struct task_promise<T&> : task_frame {
  T* value = nullptr;
  task<T&> get_return_object() noexcept;
  void return_value(T& v) noexcept { value = std::addressof(v); }
  T& take() {
    if (failure)
      std::rethrow_exception(std::exchange(failure, nullptr));
    return *value;
  }
};

template <>
struct task_promise<void> : task_frame {
  task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() {
    if (failure)
      std::rethrow_exception(std::exchange(failure, nullptr));
  }
};

// Counts an await against the process's budget; true: the process has to let others run first (it stays runnable).
BROOD_API void push_task_frame(process_stack& proc, frame_base& parent, task_frame& child) noexcept;

}  // namespace detail

template <class T>
class [[nodiscard("a task runs only when it is awaited: co_await it")]] BROOD_LINT_COROUTINE task {
 public:
  using promise_type = detail::task_promise<T>;

  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_)
      detail::destroy_frame(*frame_);
  }

  template <bool Quietly>
  class awaiter_of : public detail::awaiter_base {
   public:
    explicit awaiter_of(task& awaited) noexcept : awaited_(awaited) {}
    bool await_ready() const {
      if (!awaited_.frame_)
        throw std::logic_error("brood: this task was moved away or awaited before; a task is awaited once");
      return false;
    }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> parent) const noexcept {
      static_assert(detail::brood_promise<Promise>, "brood: a task can be awaited only in a process or another task");
      awaited_.frame_->awaited_by(&awaited_.frame_, Quietly);
      detail::push_task_frame(*parent.promise().proc, parent.promise(), *awaited_.frame_);
    }
    T await_resume() const { return static_cast<promise_type*>(awaited_.frame_)->take(); }

   private:
    task& awaited_;
  };
  using awaiter = awaiter_of<false>;
  awaiter operator co_await() & noexcept { return awaiter(*this); }
  awaiter operator co_await() && noexcept { return awaiter(*this); }

  // For the library: see quietly(); and hands over the frame of a task that is spawned as a process.
  awaiter_of<true> await_quietly() noexcept { return awaiter_of<true>(*this); }
  detail::frame_base* release() noexcept { return std::exchange(frame_, nullptr); }

 private:
  friend promise_type;
  explicit task(promise_type* frame) noexcept : frame_(frame) {}
  detail::task_frame* frame_;
};

namespace detail {
template <class T>
task<T> task_promise<T>::get_return_object() noexcept {
  static_assert(is_frame<task_promise>);
  return task<T>(this);
}
template <class T>
task<T&> task_promise<T&>::get_return_object() noexcept {
  return task<T&>(this);
}
inline task<void> task_promise<void>::get_return_object() noexcept { return task<void>(this); }

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;
}  // namespace detail

}  // namespace brood
