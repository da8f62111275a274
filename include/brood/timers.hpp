// Time: sleeping, and messages sent later.
//
// Timers never fire early. A timer to a pid is cancelled by the death of that process; a timer to a name looks the name up when
// it fires; if no process has the name, that is no error. The death of the process that armed it changes nothing.
// A negative time throws std::invalid_argument. Any process may cancel or read any timer. OTP: erlang:send_after/3, start_timer/3, cancel_timer/1
//
//     timer_ref alarm = send_after(5s, self(), "too late");
//     co_await sleep(1.5s);
//     if (auto left = cancel_timer(alarm)) std::cout << left->count() << " ns were left";
#pragma once

#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/wait.hpp>
#include <brood/exit_reason.hpp>
#include <brood/message.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>
#include <brood/time.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

class [[nodiscard("co_await it")]] sleep_awaiter : public waiter {
 public:
  explicit sleep_awaiter(time_limit limit) noexcept : limit_(limit) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    static_assert(brood_promise<Promise>,
                  "brood: sleep can be awaited only in a process or a task: nothing would resume this coroutine");
    return begin_wait(*frame.promise().proc, *this, kind_, limit_);
  }
  void await_resume() { finish_wait(*this); }

 private:
  static constexpr wait_kind kind_{nullptr, nullptr, 0, false};
  time_limit limit_;
};

class [[nodiscard("co_await it")]] yield_awaiter : public awaiter_base {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> frame) const noexcept {
    static_assert(brood_promise<Promise>,
                  "brood: yield can be awaited only in a process or a task: nothing would resume this coroutine");
    begin_yield(*frame.promise().proc);
  }
  void await_resume() const noexcept {}
};

BROOD_API timer_ref new_timer_ref();
BROOD_API std::int64_t deadline_after(time_limit limit, bool zero_is_bad = false);  // throws for negative ones

using copy_message = envelope* (*)(const envelope&);
// Takes the envelope over. `copy` and `period` (ns): for send_every, else null and 0.
BROOD_API void arm_timer(timer_ref timer, std::int64_t deadline, destination to, envelope_ptr message, std::int64_t period,
                         copy_message copy);

template <class M>
envelope* copy_of(const envelope& e) {
  return make_message<M>(e.as<M>());
}

}  // namespace detail

// Suspends for that long; takes no messages and is not shortened by any. OTP: timer:sleep/1
inline detail::sleep_awaiter sleep(time_limit limit) { return detail::sleep_awaiter(limit); }
void sleep(unsigned) = delete;  // the C library's would stop the scheduler: co_await sleep(3s)

// Lets others run, takes in exit signals. OTP: erlang:yield/0
inline detail::yield_awaiter yield() { return {}; }

// What start_timer delivers. OTP: {timeout, TimerRef, Msg}
template <class M>
struct timer_fired {
  timer_ref timer;
  M message;
};

namespace detail {

template <class M>
struct carried<timer_fired<M>> {
  using type = M;
};

template <class M>
envelope* pack_fired(timer_ref timer, M&& message) {
  using kept = kept_t<M>;
  check_message<kept>();
  if constexpr (check_kept<M>())
    return make_message<timer_fired<kept>>(timer_fired<kept>{timer, kept(std::forward<M>(message))});
  else
    return nullptr;
}

}  // namespace detail

// Sends the message when so much time has passed; infinity: never. Any thread while a runtime runs (else not_a_process).
// OTP: erlang:send_after/3
template <class M>
timer_ref send_after(time_limit limit, destination to, M&& message) {
  const std::int64_t deadline = detail::deadline_after(limit);
  const timer_ref timer = detail::new_timer_ref();
  detail::arm_timer(timer, deadline, std::move(to), detail::envelope_ptr(detail::pack(std::forward<M>(message))), 0, nullptr);
  return timer;
}

// The same, wrapped with its reference: timer_fired<M>. So a process that cancelled a timer can tell its message
// from that of the next one. OTP: erlang:start_timer/3
template <class M>
timer_ref start_timer(time_limit limit, destination to, M&& message) {
  const std::int64_t deadline = detail::deadline_after(limit);
  const timer_ref timer = detail::new_timer_ref();
  detail::envelope_ptr e(detail::pack_fired(timer, std::forward<M>(message)));
  detail::arm_timer(timer, deadline, std::move(to), std::move(e), 0, nullptr);
  return timer;
}

// … at a point of process_clock. OTP: start_timer/4 with {abs, true}
template <class M>
timer_ref start_timer_at(process_clock::time_point when, destination to, M&& message) {
  const timer_ref timer = detail::new_timer_ref();
  detail::envelope_ptr e(detail::pack_fired(timer, std::forward<M>(message)));
  detail::arm_timer(timer, when.time_since_epoch().count(), std::move(to), std::move(e), 0, nullptr);
  return timer;
}

// At a point of process_clock; one that has passed: at once. OTP: send_after/4 with {abs, true}
template <class M>
timer_ref send_at(process_clock::time_point when, destination to, M&& message) {
  const timer_ref timer = detail::new_timer_ref();
  detail::arm_timer(timer, when.time_since_epoch().count(), std::move(to),
                    detail::envelope_ptr(detail::pack(std::forward<M>(message))), 0, nullptr);
  return timer;
}

// Every so often, first after one interval, until cancelled or the target dies (a name: is not there). A zero interval throws
// std::invalid_argument. OTP: timer:send_interval/3
template <class M>
timer_ref send_every(time_limit interval, destination to, M&& message) {
  using kept = detail::kept_t<M>;
  static_assert(std::copy_constructible<kept>, "brood: send_every sends the message many times: it must be copyable");
  const std::int64_t deadline = detail::deadline_after(interval, true);
  const timer_ref timer = detail::new_timer_ref();
  detail::arm_timer(timer, deadline, std::move(to), detail::envelope_ptr(detail::pack(std::forward<M>(message))), interval.count(),
                    &detail::copy_of<kept>);
  return timer;
}

// Returns the time that was left, if it had not fired: then no message comes. Empty when fired, cancelled or unknown.
BROOD_API std::optional<process_clock::duration> cancel_timer(timer_ref timer);
BROOD_API std::optional<process_clock::duration> read_timer(timer_ref timer);

// The answers of the asynchronous forms: {cancel_timer, TimerRef, Result} and {read_timer, TimerRef, Result}.
struct timer_cancelled {
  timer_ref timer;
  std::optional<process_clock::duration> left;  // as cancel_timer would have returned
};
struct timer_read {
  timer_ref timer;
  std::optional<process_clock::duration> left;
};

struct cancel_options {
  bool info = true;  // false: no answer is wanted
};

// The same, not waited for: the answer comes as a message. OTP: erlang:cancel_timer/2, read_timer/2 with {async, true}
BROOD_API void cancel_timer_async(timer_ref timer, cancel_options options = {});
BROOD_API void read_timer_async(timer_ref timer);

// An exit signal from the calling process, later; cancelled as any timer. OTP: timer:exit_after/3, kill_after/2
BROOD_API timer_ref exit_after(time_limit limit, pid who, exit_reason why);
BROOD_API timer_ref kill_after(time_limit limit, pid who);

// The clock of processes: steady; under `simulate` virtual. Any thread. OTP: erlang:monotonic_time/0
inline process_clock::time_point now() { return process_clock::now(); }

}  // namespace brood
