// One decision of a simulated run. 0 is always what an undisturbed run would do, so a run is told by its exceptions.
#pragma once

#include <cstdint>

namespace brood::detail {

enum class choice : std::uint8_t {
  next,        // what happens: timers that are due, the ready processes oldest first, signals on their way, blocking work
  scheduler,   // which virtual scheduler runs it: stealing
  budget,      // 0: long, else how many awaits it has
  fetch,       // 0: all that arrived, else how much of it
  interleave,  // 0: goes on, else who runs in between
  hold,        // 0: what is sent arrives at once, else it takes its time
  kill,        // faults, 0: none
  delay,
  allocation,
  blocking,
  split,  // where bytes are cut
  latency,  // how long something is on its way; 0: as short as it can be
  io_fault,  // what fails, and how; 0: nothing
  work,  // how long a turn takes; 0: as long as the average
};

struct decision {
  choice what;
  std::uint32_t among;
  std::uint32_t taken;
};

// splitmix64: a whole sequence from any seed.
class dice {
 public:
  explicit dice(std::uint64_t seed = 0) noexcept : state_(seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d) {}
  std::uint64_t roll() noexcept { return mix(state_ += 0x9e3779b97f4a7c15); }
  std::uint32_t below(std::uint32_t n) noexcept { return static_cast<std::uint32_t>((roll() >> 32) * n >> 32); }
  bool one_in(std::uint32_t n) noexcept { return below(n) == 0; }
  bool chance(double p) noexcept { return static_cast<double>(roll() >> 11) < p * 9007199254740992.0; }

  static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace brood::detail
