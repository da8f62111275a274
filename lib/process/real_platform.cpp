#include "process/real_platform.hpp"

#include "io/driver.hpp"

#include <ctime>

namespace brood::detail {

real_platform& real_platform::instance() noexcept {
  static auto* const real = new real_platform;  // outlives every thread and static destructor that may still ask for the time
  return *real;
}

std::int64_t real_platform::now() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

std::uint64_t real_platform::random() noexcept {
  // splitmix64 over the clock: only victims of stealing are drawn from it, a few times a second.
  std::uint64_t z = static_cast<std::uint64_t>(now()) + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

driver_kind real_platform::choose_driver(driver_kind kind, std::string* why_not_uring) {
  return detail::choose_driver(kind, why_not_uring);
}
std::unique_ptr<driver> real_platform::make_driver(driver_kind chosen) { return make_chosen_driver(chosen); }

}  // namespace brood::detail
