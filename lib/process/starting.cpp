#include "process/starting.hpp"

#include "process/signals.hpp"

#include <variant>

namespace brood::detail {

void expect_start(process_control& p, pid starter, std::uint64_t number) {
  process_relations& r = relations_of(p);
  r.held.insert(number, held_call{starter.bits()});  // so that its death answers
  r.start_number = number;
  p.starting = true;
}

void announce_start(process_control& p) noexcept {
  p.starting = false;
  process_relations& r = *p.relations;
  if (const held_call* starter = r.held.find(r.start_number)) {
    const pid who = pid::from_bits(starter->caller);
    r.held.erase(r.start_number);
    answer_question(who, r.start_number, std::monostate());
  }
}

void give_up_start(process_control& p) noexcept { p.start_failed = true; }

void fail_start(process_control& p) noexcept {
  process_relations& r = *p.relations;
  if (const held_call* starter = r.held.find(r.start_number))
    r.links.erase(starter->caller);
  r.monitored_by.erase(r.start_number);  // the monitor made with it has the same number
}

}  // namespace brood::detail
