// Locks by key, for processes: who waits sleeps in line, first come first served; raise and kill release.
//
// A turn lives in the frame that has or waits for the lock: its destructor gives the lock back or leaves the line, whatever ended
// the frame, so no line ever holds a dead process.
#pragma once

#include <brood/detail/key_table.hpp>
#include <brood/detail/wait.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>

#include <cstdint>
#include <deque>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

struct lock_ticket {
  pid who;
  std::uint64_t number;  // of its await
};

// One key's.
class lock_line {
 public:
  // True: it has the lock. False: it is in line, and will be woken. Throws std::logic_error if its process has it already.
  bool join(const lock_ticket& t);
  // Wakes the next, if `t` had the lock.
  void leave(const lock_ticket& t) noexcept;
  bool empty() const noexcept { return !holder_.who; }

 private:
  lock_ticket holder_{};
  std::deque<lock_ticket> waiting_;
};

template <class Key>
using key_locks = key_table<Key, lock_line>;

// co_await it once; from then on, to the end of its life, the lock is this frame's.
template <class Key>
class lock_turn : public answer_waiter {
 public:
  lock_turn(key_locks<Key>& locks, Key key) : locks_(locks), key_(std::move(key)) {}
  lock_turn(const lock_turn&) = delete;
  ~lock_turn() {
    if (line_)
      locks_.enter(line_, [this](const auto& line, auto&) { line->content.leave(ticket_); });
  }

  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    process_stack& proc = *frame.promise().proc;
    begin_answer_wait(proc, *this);
    try {
      if (!join())
        return true;
    } catch (...) {
      abandon_answer_wait(proc);
      throw;
    }
    abandon_answer_wait(proc);
    return false;
  }
  void await_resume() noexcept {
    if (result)
      destroy(std::exchange(result, nullptr));  // this object lives on: its end must not find it again
  }

 private:
  bool join() {
    ticket_ = {self(), number};
    return locks_.enter(std::move(key_), [this](const auto& line, auto&) {
      const bool mine = line->content.join(ticket_);
      line_ = line;
      return mine;
    });
  }

  key_locks<Key>& locks_;
  Key key_;
  lock_ticket ticket_{};
  typename key_locks<Key>::cell_ptr line_;  // once it has joined
};

}  // namespace detail
}  // namespace brood
