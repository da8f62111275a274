// Deadlines on CLOCK_MONOTONIC, in nanoseconds, as kernel interfaces want them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace brood::detail {

inline std::int64_t monotonic_now() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

// From now; 0 if it has passed.
inline std::int64_t time_left(std::int64_t deadline_ns) noexcept {
  return deadline_ns <= 0 ? 0 : std::max<std::int64_t>(0, deadline_ns - monotonic_now());
}

// Timespec is timespec or the kernel's own.
template <class Timespec>
Timespec to_timespec(std::int64_t ns) noexcept {
  return {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
}

}  // namespace brood::detail
