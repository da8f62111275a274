// Times on a machine that has other things to do: the best of some rounds counts, for what disturbs a round only makes it slower.
#pragma once

#include "fault.hpp"

#include <ctime>

namespace fault {

// The least of `rounds` results of round(), a coroutine that gives a time in milliseconds. Stops early when one is below `enough`.
template <class Round>
task<double> best_of(int rounds, double enough, Round round) {
  double best = co_await round();
  for (int i = 1; i < rounds && best > enough; ++i)
    best = std::min(best, co_await round());
  co_return best;
}

inline double percentile(std::vector<double> values, double which) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(which * static_cast<double>(values.size())))];
}

// Processor time of the whole program, in milliseconds: what others do does not count.
inline double processor_milliseconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

inline void must_be_below(double bound, double time, const std::string& what) {
  must(time <= bound, fmt::format("{}: at most {} ms, not {:.3f} ms", what, bound, time));
}

}  // namespace fault
