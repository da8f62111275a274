#include "sched/platform.hpp"

#include <ctime>

namespace brood::detail {

std::int64_t platform::now() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

std::uint64_t platform::random() noexcept {
  // splitmix64 over the clock: only victims of stealing are drawn from it, a few times a second.
  std::uint64_t z = static_cast<std::uint64_t>(now()) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

driver_kind platform::choose_driver(driver_kind kind, std::string* why_not_uring) {
  return detail::choose_driver(kind, why_not_uring);
}
std::unique_ptr<driver> platform::make_driver(driver_kind chosen) { return make_chosen_driver(chosen); }

}  // namespace brood::detail
