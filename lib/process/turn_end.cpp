#include "process/turn_end.hpp"

#include "process/relations.hpp"
#include "process/signals.hpp"

#include <algorithm>
#include <utility>

namespace brood::detail {

void at_turn_end(process_control& p, std::shared_ptr<turn_end_work> work) {
  auto& works = extra_of(p).at_turn_end;
  if (std::find(works.begin(), works.end(), work) != works.end())
    return;
  works.push_back(std::move(work));
  p.has_turn_end_work = true;
}

void run_turn_end_work(process_control& p) noexcept {
  p.has_turn_end_work = false;
  for (const auto& work : std::exchange(p.extra->at_turn_end, {}))
    work->turn_ended();
}

}  // namespace brood::detail
