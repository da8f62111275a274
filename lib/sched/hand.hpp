// What a worker has in its hand, in no queue and with no bit of its inbox word set: the process that runs next, with the message
// that woke it (a newborn has none), and the one that came to rest last.
//
// So two processes of one worker that answer each other never touch an atomic: who waits is kept `resting`, its inbox word as if it
// ran; a message for it from this worker makes it `next`; all others' messages go into its inbox, where they are found when it is
// settled, which is before this worker runs anything but `next`.
//
// The worker holds the lock but while user code runs. Only then can the monitor take what is here, from a worker that is stuck.
#pragma once

#include "base/biased_lock.hpp"
#include "sched/runnable.hpp"

#include <atomic>

namespace brood::detail {

struct envelope;

struct hand {
  biased_lock<> lock;
  // Under the lock; outside it the worker itself may look, and then looks again. relaxed throughout: the lock orders them.
  std::atomic<runnable*> next{nullptr};
  std::atomic<runnable*> resting{nullptr};
  envelope* message = nullptr;  // for next
  // A hint, for others.
  bool is_empty() const noexcept {
    return next.load(std::memory_order_relaxed) == nullptr && resting.load(std::memory_order_relaxed) == nullptr;
  }
};

}  // namespace brood::detail
