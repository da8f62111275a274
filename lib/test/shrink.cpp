#include "test/shrink.hpp"

#include <algorithm>

namespace brood::detail {

namespace {

std::vector<std::size_t> exceptions_of(const std::vector<std::uint32_t>& taken) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (taken[i] != 0)
      places.push_back(i);
  return places;
}

void cut_tail(std::vector<std::uint32_t>& taken) {
  while (!taken.empty() && taken.back() == 0)
    taken.pop_back();
}

}  // namespace

std::size_t count_exceptions(const std::vector<std::uint32_t>& taken) noexcept {
  return taken.size() - static_cast<std::size_t>(std::count(taken.begin(), taken.end(), 0u));
}

std::vector<std::uint32_t> shrink(std::vector<std::uint32_t> taken,
                                  const std::function<bool(const std::vector<std::uint32_t>&)>& fails,
                                  const std::function<bool()>& may_go_on) {
  cut_tail(taken);
  std::vector<std::size_t> places = exceptions_of(taken);
  // Pieces of half, a quarter, … of what is left are dropped, from the end: what comes late depends on what came before, not the
  // other way round.
  for (std::size_t piece = std::max<std::size_t>(places.size(), 1); piece > 0 && !places.empty();) {
    bool dropped = false;
    for (std::size_t end = places.size(); end > 0 && may_go_on();) {
      const std::size_t begin = end > piece ? end - piece : 0;
      std::vector<std::uint32_t> fewer = taken;
      for (std::size_t i = begin; i < end; ++i)
        fewer[places[i]] = 0;
      cut_tail(fewer);
      if (fails(fewer)) {
        taken = std::move(fewer);
        places = exceptions_of(taken);
        dropped = true;
        end = std::min(begin, places.size());
      } else {
        end = begin;
      }
    }
    if (!may_go_on())
      break;
    if (piece > 1)
      piece = piece / 2;
    else if (!dropped)
      break;
  }
  return taken;
}

}  // namespace brood::detail
