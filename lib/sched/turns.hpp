// Between two turns: a worker's steps that are inlined where turns are taken.
#pragma once

#include "sched/scheduler.hpp"

namespace brood::detail {

// For the monitor, which wonders whether anything goes on.
inline void worker::note_dispatch() noexcept {
  dispatches.store(dispatches.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// … and whether processes go from core to core.
inline void worker::note_move() noexcept { moves.store(moves.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }

inline void worker::settle_resting() {
  if (runnable* const r = in_hand.resting.load(std::memory_order_relaxed)) [[unlikely]] {
    in_hand.resting.store(nullptr, std::memory_order_relaxed);
    if (settle(r))
      push(r);
  }
}

// Of a turn after which its process rests, or not.
inline void worker::end_turn(runnable* r, bool rests) {
  if (stuck.load(std::memory_order_relaxed)) [[unlikely]]
    sched.unstick(*this);
  if (rests) {
    settle_resting();
    in_hand.resting.store(r, std::memory_order_relaxed);
  }
}

// Takes who runs next out of the hand, with its message. Null: nobody, or one of high priority comes first.
inline runnable* worker::begin_hand_turn(envelope*& message) noexcept {
  runnable* const r = in_hand.next.load(std::memory_order_relaxed);
  if (r == nullptr || !sched.high.empty())
    return nullptr;
  in_hand.next.store(nullptr, std::memory_order_relaxed);
  message = in_hand.message;
  note_dispatch();
  return r;
}

// The hand runs `turns_from_hand` times in a row before a queue gets its turn, and while the queues are empty so often that the
// looks at others are due.
class worker::hand_turns {
 public:
  explicit hand_turns(worker& w) noexcept : worker_(w) {}
  ~hand_turns() { worker_.tick_ += done_; }
  // After a turn: another may follow.
  bool go_on() noexcept { return ++done_ != limit_ || extended(); }

 private:
  bool extended() noexcept {
    if (limit_ == turns_until_looks || worker_.has_backlog())
      return false;
    limit_ = turns_until_looks;
    return true;
  }
  worker& worker_;
  unsigned done_ = 0;
  unsigned limit_ = turns_from_hand;
};

}  // namespace brood::detail
