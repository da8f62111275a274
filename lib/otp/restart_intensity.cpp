#include "otp/restart_intensity.hpp"

namespace brood::detail {

bool restart_intensity::allows(process_clock::time_point now) {
  while (first_ < times_.size() && (now - times_[first_]).count() > within_.count())
    ++first_;
  if (first_ > times_.size() / 2) {
    times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  times_.push_back(now);
  return lately() <= most_;
}

}  // namespace brood::detail
