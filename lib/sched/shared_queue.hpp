// A FIFO under a lock with a count that is cheap to look at: what threads outside hand in, and the high and low priorities.
#pragma once

#include "base/persist.hpp"
#include "sched/runnable.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>

namespace brood::detail {

class shared_queue {
 public:
  void push(runnable* r) {
    std::lock_guard guard(lock_);
    persist([&] { queue_.push_back(r); });
    count_.store(queue_.size(), std::memory_order_seq_cst);  // partner: the idle worker's re-check, after it announced itself
  }

  runnable* pop() {
    if (empty())
      return nullptr;
    std::lock_guard guard(lock_);
    if (queue_.empty())
      return nullptr;
    runnable* r = queue_.front();
    queue_.pop_front();
    count_.store(queue_.size(), std::memory_order_relaxed);
    return r;
  }

  bool empty() const noexcept { return count_.load(std::memory_order_seq_cst) == 0; }

 private:
  std::mutex lock_;
  std::deque<runnable*> queue_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace brood::detail
