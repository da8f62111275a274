// For tests of how much work grows with what: a clock that stands still while others have the processor.
#pragma once

#include <chrono>
#include <ctime>

namespace spec {

struct cpu_clock {
  using duration = std::chrono::nanoseconds;

  // What all threads of this program have used so far.
  static duration now() noexcept {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  }
};

}  // namespace spec
