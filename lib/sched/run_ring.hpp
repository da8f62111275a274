// A worker's run queue: a bounded FIFO ring. The owner pushes at the tail; everybody, the owner too, takes at the head by a CAS.
//
// head ≤ tail ≤ head + Capacity. Cells are written only by the owner, between head + Capacity and tail; a thief that reads a cell
// the owner has overwritten loses the CAS on head, for the owner overwrites only cells that head has passed.
#pragma once

#include "base/cache_line.hpp"
#include "sched/runnable.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace brood::detail {

template <std::uint32_t Capacity = 256, template <class> class Atomic = std::atomic>
class run_ring {
  static_assert((Capacity & (Capacity - 1)) == 0);

 public:
  static constexpr std::uint32_t capacity = Capacity;

  // Owner. False when full.
  bool push(runnable* r) noexcept {
    const std::uint32_t tail = tail_.load(std::memory_order_relaxed);  // only the owner writes it
    if (tail - head_.load(std::memory_order_acquire) == Capacity)      // partner: the CAS of whoever took
      return false;
    cell(tail).store(r, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_release);  // partner: the acquire in take
    return true;
  }

  // Owner. Null when empty.
  runnable* pop() noexcept {
    std::uint32_t head = head_.load(std::memory_order_relaxed);
    while (head != tail_.load(std::memory_order_relaxed)) {
      runnable* r = cell(head).load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel, std::memory_order_relaxed))
        return r;
    }
    return nullptr;
  }

  // Anybody. Takes up to half of what is there (at least one, at most `most`) into out; how many.
  std::uint32_t take_half(runnable** out, std::uint32_t most) noexcept {
    for (;;) {
      std::uint32_t head = head_.load(std::memory_order_acquire);
      const std::uint32_t there = tail_.load(std::memory_order_acquire) - head;  // partner: push
      std::uint32_t n = there - there / 2;
      if (n == 0)
        return 0;
      if (there > Capacity)  // head moved between the two loads
        continue;
      if (n > most)
        n = most;
      for (std::uint32_t i = 0; i < n; ++i)
        out[i] = cell(head + i).load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + n, std::memory_order_acq_rel, std::memory_order_relaxed))
        return n;
    }
  }

  bool empty() const noexcept { return size() == 0; }
  std::uint32_t size() const noexcept { return tail_.load(std::memory_order_acquire) - head_.load(std::memory_order_acquire); }

 private:
  friend struct debug_layout;
  Atomic<runnable*>& cell(std::uint32_t i) noexcept { return cells_[i & (Capacity - 1)]; }

  alignas(cache_line) Atomic<std::uint32_t> head_{0};
  alignas(cache_line) Atomic<std::uint32_t> tail_{0};
  std::array<Atomic<runnable*>, Capacity> cells_{};
};

}  // namespace brood::detail
