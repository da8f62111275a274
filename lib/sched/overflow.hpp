// What a full run ring spills: batches of half a ring, stealable, under a spinlock that is taken once a batch.
//
// Mostly the newest batch is taken first: a process that spawns a tree then explores it depth first, with few alive at a time.
// Every eighth time it is the oldest, so that nobody waits for ever.
#pragma once

#include "base/persist.hpp"
#include "base/spinlock.hpp"
#include "sched/runnable.hpp"

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>

namespace brood::detail {

class overflow_batches {
 public:
  static constexpr std::size_t batch_size = 128;
  struct batch {
    std::size_t count = 0;
    runnable* items[batch_size];
  };

  void put(const batch& b) {
    std::lock_guard guard(lock_);
    persist([&] { batches_.push_back(b); });
    count_.store(batches_.size(), std::memory_order_release);
  }

  bool take(batch& out) {
    if (count_.load(std::memory_order_acquire) == 0)
      return false;
    std::lock_guard guard(lock_);
    if (batches_.empty())
      return false;
    if (++taken_ % 8 == 0) {
      out = batches_.front();
      batches_.pop_front();
    } else {
      out = batches_.back();
      batches_.pop_back();
    }
    count_.store(batches_.size(), std::memory_order_release);
    return true;
  }

  bool empty() const noexcept { return count_.load(std::memory_order_acquire) == 0; }

 private:
  spinlock lock_;
  std::deque<batch> batches_;
  std::size_t taken_ = 0;
  std::atomic<std::size_t> count_{0};
};

}  // namespace brood::detail
