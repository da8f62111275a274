// Who may see what. A view: for each location, the oldest store its owner may still read; and a vector clock, for data races.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace model {

inline constexpr unsigned threads = 4;  // 0 is who builds and checks

struct view {
  std::vector<std::uint32_t> oldest;  // by location
  std::array<std::uint32_t, threads> clock{};

  std::uint32_t at(std::size_t location) const { return location < oldest.size() ? oldest[location] : 0; }
  void raise(std::size_t location, std::uint32_t to) {
    if (oldest.size() <= location)
      oldest.resize(location + 1);
    oldest[location] = std::max(oldest[location], to);
  }
  void join(const view& other) {
    if (oldest.size() < other.oldest.size())
      oldest.resize(other.oldest.size());
    for (std::size_t i = 0; i < other.oldest.size(); ++i)
      oldest[i] = std::max(oldest[i], other.oldest[i]);
    for (unsigned t = 0; t < threads; ++t)
      clock[t] = std::max(clock[t], other.clock[t]);
  }
  bool covers(const std::array<std::uint32_t, threads>& then) const {
    for (unsigned t = 0; t < threads; ++t)
      if (then[t] > clock[t])
        return false;
    return true;
  }
};

}  // namespace model
