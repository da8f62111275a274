// Which workers sleep. Exactly one waker per sleeper: whoever clears the bit owes the wake-up.
//
// A worker announces itself, then looks for work once more, then sleeps; a waker makes work visible, then looks at the mask. For the
// shared queues, whose work nobody else may run, all four are sequentially consistent (shared_queue.hpp): one of the two sees the
// other, and no wake-up is lost. Rings and overflows are published by release alone, so there both may miss: their owner is awake and
// runs that work itself, and what is missed is a helper, until the next push.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

namespace brood::detail {

template <template <class> class Atomic = std::atomic>
class idle_mask {
 public:
  static constexpr unsigned capacity = 64;

  void announce(unsigned worker) noexcept { mask_.fetch_or(bit(worker), std::memory_order_seq_cst); }

  // False: a waker took the bit first; its wake-up is on the way.
  bool revoke(unsigned worker) noexcept { return (mask_.fetch_and(~bit(worker), std::memory_order_seq_cst) & bit(worker)) != 0; }

  // Picks a sleeper to wake, or -1.
  int pick() noexcept {
    std::uint64_t seen = mask_.load(std::memory_order_seq_cst);
    while (seen != 0) {
      const int worker = std::countr_zero(seen);
      if (mask_.compare_exchange_weak(seen, seen & (seen - 1), std::memory_order_seq_cst))
        return worker;
    }
    return -1;
  }

  std::uint64_t sleepers() const noexcept { return mask_.load(std::memory_order_seq_cst); }

 private:
  static std::uint64_t bit(unsigned worker) noexcept { return std::uint64_t{1} << worker; }
  Atomic<std::uint64_t> mask_{0};
};

}  // namespace brood::detail
