// A memory barrier in all threads of the program, paid for by the one that asks.
#pragma once

#include <atomic>

namespace brood::detail {

struct barrier {
  // Asks the kernel, once; before that, and where it refuses, `light` is false. What was made before stays careful.
  static void prepare() noexcept;
  // True: `heavy` works, so others need no barrier of their own.
  static bool light() noexcept { return works_.load(std::memory_order_relaxed); }
  // What every other thread did before is seen by what this one reads next, and the other way round. Microseconds.
  static void heavy() noexcept;
  static void pause() noexcept;

 private:
  static std::atomic<bool> works_;  // relaxed: a program's threads are started after it was set
};

}  // namespace brood::detail
