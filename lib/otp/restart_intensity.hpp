// How often a supervisor has restarted lately: exactly, to the nanosecond.
//
// The times of the restarts within the window, oldest first; what has left the window is forgotten in batches, so a restart costs
// the same after a million others.
#pragma once

#include <brood/time.hpp>

#include <cstddef>
#include <vector>

namespace brood::detail {

class restart_intensity {
 public:
  restart_intensity(int most, time_limit within) noexcept : most_(static_cast<std::size_t>(most)), within_(within) {}

  // Notes a restart, tried at `now`. False: that makes more than allowed within the time; two restarts exactly so far apart are
  // both within it.
  [[nodiscard]] bool allows(process_clock::time_point now);

  // How many of those noted were within the time at the last one.
  std::size_t lately() const noexcept { return times_.size() - first_; }

 private:
  std::size_t most_;
  time_limit within_;
  std::vector<process_clock::time_point> times_;
  std::size_t first_ = 0;  // the oldest within the window
};

}  // namespace brood::detail
