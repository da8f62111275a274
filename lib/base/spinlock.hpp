// A one-byte lock for sections of a few dozen instructions. Fits std::lock_guard.
//
// States: false - free; true - held. It reads until the lock looks free before it tries (waiting does not take the cache line from
// the holder) and gives its time slice away when the holder seems to have lost its own.
#pragma once

#include <sched.h>

#include <atomic>

namespace brood::detail {

inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

struct spinning {
  static constexpr int spins_before_yield = 300;

  static void while_held(const std::atomic<bool>& locked) noexcept {
    for (int spins = 0; locked.load(std::memory_order_relaxed); ++spins)  // relaxed: only a hint, try_lock synchronizes
      spins < spins_before_yield ? cpu_pause() : static_cast<void>(sched_yield());
  }
};

// Both parameters are for the explorer in tests/race/model, which has atomics and a way of waiting of its own.
template <template <class> class Atomic = std::atomic, class Waiting = spinning>
class basic_spinlock {
 public:
  basic_spinlock() = default;  // constant: of static storage
  basic_spinlock(const basic_spinlock&) = delete;
  basic_spinlock& operator=(const basic_spinlock&) = delete;

  void lock() noexcept {
    while (!try_lock())
      Waiting::while_held(locked_);
  }

  // Acquire: pairs with the release in unlock.
  [[nodiscard]] bool try_lock() noexcept { return !locked_.exchange(true, std::memory_order_acquire); }

  // Release: pairs with the acquire in try_lock.
  void unlock() noexcept { locked_.store(false, std::memory_order_release); }

 private:
  Atomic<bool> locked_{false};
};

using spinlock = basic_spinlock<>;

}  // namespace brood::detail
