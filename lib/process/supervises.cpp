#include "process/supervises.hpp"

#include "process/core.hpp"
#include "process/relations.hpp"

namespace brood::detail {

void now_supervises() { require_process("supervise").supervises.store(true, std::memory_order_release); }

bool supervises(pid who) noexcept {
  const process_control* p = process_table::instance().find(who);
  // Acquire pairs with the store above: a bit that a later tenant set shows its id.
  return p && p->supervises.load(std::memory_order_acquire) && process_table::instance().alive(who);
}

bool is_supervised(const process_control& p) noexcept {
  return p.relations && p.relations->links.find(p.parent.bits()) && supervises(p.parent);
}

}  // namespace brood::detail
