// Whether one scheduler does more alone than all together; Erlang's compaction of load (+scl), found out by trial.
//
// A process that is woken from another core takes its cache lines along, and waits for each. Where most wake-ups are of that kind
// and turns are short, two cores do less than one (lib/decisions/0607). How much a line costs is the machine's secret: so the
// monitor, at one of its looks, lets all but one stand aside until the next, compares, and tries again after a while.
#pragma once

#include <algorithm>
#include <cstdint>

namespace brood::detail {

class compaction {
 public:
  // What all workers did between two looks: turns taken, and those whose process ran elsewhere before.
  struct work {
    std::uint64_t turns = 0;
    std::uint64_t moves = 0;
    std::int64_t ns = 0;
  };

  // True: until the next look one runs alone.
  bool look(const work& done) noexcept {
    const double speed = done.ns > 0 ? static_cast<double>(done.turns) * 1000 / static_cast<double>(done.ns) : 0;
    if (alone_) {
      const bool pays = speed > together_ * gain;
      if (pays && ++looks_alone_ < looks_until_doubt)
        return true;
      alone_ = false;
      looks_together_ = 0;
      patience_ = looks_alone_ > 0 ? 1 : std::min(patience_ * 2, most_patience);
      return false;
    }
    together_ = speed;
    if (speed < least_speed || done.moves * 8 < done.turns || ++looks_together_ < patience_)
      return false;
    alone_ = true;
    looks_alone_ = 0;
    return true;
  }

 private:
  static constexpr double least_speed = 1;  // turns a microsecond: slower ones compute, or there is little to do
  static constexpr double gain = 1.125;
  static constexpr int looks_until_doubt = 64;
  static constexpr int most_patience = 512;

  bool alone_ = false;
  double together_ = 0;     // turns a microsecond, at the last look at all together
  int looks_alone_ = 0;
  int looks_together_ = 0;  // of those that were for trying
  int patience_ = 1;        // how many of them it takes
};

}  // namespace brood::detail
