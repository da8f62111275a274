// What every coroutine frame of Brood begins with, and how it finds its process.
//
// A process's frames form a stack: `process_stack::top` is the innermost one, `frame_base::parent` leads outwards. The worker
// resumes `top` in a loop (a trampoline: no symmetric transfer, so the machine stack stays flat) and destroys from `top`
// outwards when the process is killed. Touched only by whoever runs the process.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/memory.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <source_location>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

struct frame_base;

struct process_stack {
  frame_base* top = nullptr;   // innermost frame; null: not begun, or finished
  std::source_location site;   // the last co_await that a user wrote
};

// Base of every promise type here, and its first member: a frame_base* is the frame's address plus a constant. That holds because no
// promise is aligned to more than 16 (is_frame below): the compiler puts a promise at the first place behind two pointers that fits.
struct frame_base {
  process_stack* proc = nullptr;
  frame_base* parent = nullptr;  // null: this is the process's own body; itself: and it has ended

  // A frame holds the user's parameters and variables, however they are aligned. g++ tells by the frame's size, which is a multiple
  // of its alignment. clang's is not, but inside a coroutine it says what the alignment is: so these must be inlined there.
#if defined(__clang__)
  [[gnu::always_inline]] static void* operator new(std::size_t bytes) {
    return allocate(aligned_size(bytes, __builtin_coro_align()));
  }
  [[gnu::always_inline]] static void operator delete(void* frame, std::size_t bytes) noexcept {
    deallocate(frame, aligned_size(bytes, __builtin_coro_align()));
  }
#else
  static void* operator new(std::size_t bytes) { return allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { deallocate(frame, bytes); }
#endif

  std::coroutine_handle<frame_base> handle() noexcept { return std::coroutine_handle<frame_base>::from_promise(*this); }
};

// In a catch block: a destructor of the user's threw. The running process ends with that; the runtime goes on.
BROOD_API void destructor_threw() noexcept;

inline void destroy_frame(frame_base& frame) noexcept {
  try {
    frame.handle().destroy();
  } catch (...) {
    destructor_threw();
  }
}

// Marks an awaiter that suspends through the scheduler.
struct awaiter_base {};

template <class A>
decltype(auto) awaiter_for(A&& a) {
  if constexpr (requires { std::forward<A>(a).operator co_await(); })
    return std::forward<A>(a).operator co_await();
  else if constexpr (requires { operator co_await(std::forward<A>(a)); })
    return operator co_await(std::forward<A>(a));
  else
    return std::forward<A>(a);
}

template <class A>
concept awaitable_here = std::derived_from<std::remove_cvref_t<decltype(awaiter_for(std::declval<A>()))>, awaiter_base>;

// What a coroutine of the library's own awaits: `co_await quietly(x)`. It leaves the noted place alone, for that is where the user
// waits. Every await of the library's is one of these; tools/checks/quiet looks.
template <class A>
struct quiet {
  A&& awaited;
};
template <class A>
quiet<A> quietly(A&& awaited) noexcept {
  return {static_cast<A&&>(awaited)};
}

template <class Promise>
concept brood_promise = std::derived_from<Promise, frame_base>;

// For every promise type to assert: frame_base::handle() finds its frame.
template <class Promise>
inline constexpr bool is_frame = alignof(Promise) <= 2 * sizeof(void*);

// The part of a promise that processes and tasks share.
struct coroutine_promise : frame_base {
  // Lets only Brood's awaitables through and notes where the process waits: the default argument is evaluated at the user's
  // co_await.
  template <class A>
  A&& await_transform(A&& awaited, std::source_location at = std::source_location::current()) noexcept {
    static_assert(awaitable_here<A&&>,
                  "brood: a process can await only what suspends through Brood: receive, sleep, call, a task, blocking(f); "
                  "anything else would stop its scheduler or never wake it");
    proc->site = at;
    return static_cast<A&&>(awaited);
  }
  template <class A>
  decltype(auto) await_transform(quiet<A> q) noexcept {
    static_assert(awaitable_here<A&&>);
    if constexpr (requires { q.awaited.await_quietly(); })
      return q.awaited.await_quietly();
    else
      return static_cast<A&&>(q.awaited);
  }
};

struct initial_suspend {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

// At the end a frame only steps down from the stack; whoever owns it destroys it, from outside. The outermost one stays, its own
// parent: that is how the worker sees that the body has ended.
struct final_suspend {
  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  void await_suspend(std::coroutine_handle<Promise> frame) const noexcept {
    frame_base& ended = frame.promise();
    if (ended.parent) {
      ended.proc->top = ended.parent;
      if constexpr (requires { frame.promise().awaited_at; })
        ended.proc->site = frame.promise().awaited_at;  // what went on inside is over: reports name the await of this
    } else {
      ended.parent = &ended;
    }
  }
  void await_resume() const noexcept {}
};

}  // namespace detail
}  // namespace brood
