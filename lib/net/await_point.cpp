#include "net/await_point.hpp"

#include "process/core.hpp"
#include "process/signals.hpp"

namespace brood::net::detail {

using namespace brood::detail;

bool pauses_here(process_stack& stack) {
  process_control& p = control_of(stack);
  core& c = *this_core();
  if ((p.inbox.something_arrived() || p.has_deferred) && !p.condemned)
    take_in(c, p, p.inbox.fetch(), intake::all);
  if (p.doomed)
    return true;
  if (--c.budget <= 0 || p.held)
    p.yielding = true;
  return p.yielding;
}

}  // namespace brood::net::detail
