// The seam between an awaiter, which knows types, and the library, which knows queues.
//
// An awaiter that waits for a message derives from `waiter` and describes itself by a static `wait_kind`. `begin_wait` takes in
// all signals, looks at the queue, and says whether to suspend; later arrivals are matched by the scheduler, which resumes the
// coroutine only when `result` is set. So a process that waits is never resumed for a message it does not want.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/envelope.hpp>
#include <brood/detail/frame.hpp>
#include <brood/pid.hpp>
#include <brood/time.hpp>

#include <cstdint>
#include <exception>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// Gives up a message that was taken but came too late for a killed process to see. A request: its caller hears of the death.
BROOD_API void abandon_taken(envelope* e) noexcept;

struct waiter : awaiter_base {
  envelope* result = nullptr;  // the message taken (its `matched` says by which handler), or one of the marks below

  waiter() noexcept = default;
  waiter(const waiter&) = delete;
  ~waiter() {
    if (result) [[unlikely]]
      abandon_taken(result);
  }
  bool timed_out() const noexcept { return result == nullptr; }
};

struct wait_kind {
  // Index of the handler that takes this message, or no_match. May run user predicates, may throw.
  int (*match)(waiter&, const envelope&);   // null: takes no messages (sleep)
  const message_type_ref* types;            // the types it can take, for pictures and the scan cache
  unsigned type_count;
  bool any;                                 // may take every type
  // The number of the one reference that all it takes must hold (receive<down>(monitor)); null: there is none.
  std::uint64_t (*reference)(const waiter&) = nullptr;
  // Asked when the deadline has passed. True: it has set another, and the wait goes on. Null: the wait is over.
  bool (*goes_on)(process_stack&, waiter&) noexcept = nullptr;
};

inline constexpr int no_match = -1;

// True: suspend; `w.result` will have been set when the process is resumed. False: `w.result` is set already.
// Throws what a predicate throws and std::invalid_argument for a negative limit, in either case without losing anything.
BROOD_API bool begin_wait(process_stack& proc, waiter& w, const wait_kind& kind, time_limit limit);

// What `result` is when a predicate threw while the process was suspended.
inline envelope* const failure_mark = reinterpret_cast<envelope*>(std::uintptr_t{16});

// … and while a predicate of the user's looks at a message.
inline envelope* const guard_mark = reinterpret_cast<envelope*>(std::uintptr_t{32});

BROOD_API [[noreturn]] void rethrow_wait_failure();

// The message taken, or null after a timeout. Rethrows what a predicate threw.
inline envelope* finish_wait(waiter& w) {
  if (w.result == failure_mark) [[unlikely]] {
    w.result = nullptr;
    rethrow_wait_failure();
  }
  return std::exchange(w.result, nullptr);
}

// `co_await yield()`: always suspends, to the end of the run queue.
BROOD_API void begin_yield(process_stack& proc);

// An await for the answer with one number (is_alive, inspect, call, blocking): whatever else arrives stays queued, unscanned, so
// it costs the same with a million unread messages. A late answer is destroyed, it never reaches the mailbox.
struct answer_waiter : waiter {
  std::uint64_t number = 0;

  // For those who look: whose answer, to what (null: that has no type), within what time.
  pid whom;
  message_type_ref asked;
  time_limit limit = infinity;

  answer_waiter() noexcept = default;
  explicit answer_waiter(pid asks, message_type_ref request = nullptr, time_limit within = infinity) noexcept
      : whom(asks), asked(request), limit(within) {}
};

// First member of every answer's payload.
struct answer_head {
  std::uint64_t number;
};

template <class T>
struct answer : answer_head {
  T value;
  answer(std::uint64_t n, T v) : answer_head{n}, value(std::move(v)) {}
};

template <class T>
inline constexpr message_type answer_type = describe_payload<answer<T>>(signal_kind::answer, false);

// Makes the process wait for an answer under a fresh number, for w.limit at most; the caller sends the question afterwards, still in await_suspend.
BROOD_API void begin_answer_wait(process_stack& proc, answer_waiter& w);

// Takes back `begin_answer_wait`, when sending the question threw.
BROOD_API void abandon_answer_wait(process_stack& proc) noexcept;

}  // namespace detail
}  // namespace brood
