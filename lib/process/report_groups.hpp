// Reports of one cause within a second: the first is handed on, the others are counted.
#pragma once

#include <brood/report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace brood::detail {

// 4,312
inline std::string in_threes(std::size_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;)
    digits.insert(at -= 3, ",");
  return digits;
}

class report_groups {
 public:
  using clock = std::chrono::steady_clock;

  // True: it is one more of a group that is open, and counted.
  bool counts(std::string_view cause) noexcept {
    const auto open = std::find_if(groups_.begin(), groups_.end(), [&](const group& g) { return g.cause == cause; });
    return open != groups_.end() && ++open->more > 0;
  }
  // The first of its cause. There may be too many groups: then each report stands for itself.
  void open(std::string cause, const crash_report& first, clock::time_point now) {
    if (groups_.size() < most)
      groups_.push_back({std::move(cause), first, now});
  }
  // When the first group ends that has counted something; the greatest time if none has.
  clock::time_point next_end() const noexcept {
    clock::time_point when = clock::time_point::max();
    for (const group& g : groups_)
      if (g.more > 0)
        when = std::min(when, g.since + length);
    return when;
  }
  // Ends the groups whose second is over: emit(report) for each that has counted something.
  template <class Emit>
  void close(clock::time_point now, Emit emit) {
    const auto over = [now](const group& g) { return now - length >= g.since; };
    for (group& g : groups_)
      if (over(g) && g.more > 0)
        emit(report_of(g));
    std::erase_if(groups_, over);
  }
  void clear() noexcept { groups_.clear(); }

 private:
  static constexpr std::size_t most = 64;
  static constexpr auto length = std::chrono::seconds(1);

  struct group {
    std::string cause;
    crash_report first;
    clock::time_point since;
    std::size_t more = 0;
  };

  static crash_report report_of(group& g) {
    crash_report r = std::move(g.first);
    const std::string_view first_line = std::string_view(r.text).substr(0, r.text.find('\n'));
    r.text = fmt::format("{}\n    … {} more like this\n", first_line, in_threes(g.more));
    r.more = g.more;
    return r;
  }

  std::vector<group> groups_;
};

}  // namespace brood::detail
