// Arming: the one node a waiting process has, and the timers that send messages.
#pragma once

#include "process/core.hpp"
#include "process/tables.hpp"

namespace brood::detail {

// Before a process with a deadline parks: sees to it that a wheel wakes it then. In the steady state the node is already in a
// wheel, no later than the deadline, and nothing happens but a look at it.
void arm_deadline(core& c, process_control& p);
inline void arm_wait(core& c, process_control& p) {
  if (p.deadline.load(std::memory_order_relaxed) != no_deadline)
    arm_deadline(c, p);
}

// At death, after the inbox has closed: takes its own node out, cancels timers to this pid.
void leave_wheel(process_control& p, std::uint8_t home) noexcept;
void cancel_timers_to(pid target) noexcept;
inline void forget_timers(process_control& p) noexcept {
  if (const std::uint8_t home = p.timer_home().load(std::memory_order_relaxed); home != 0)
    leave_wheel(p, home);
  if (is_kept_in(p, in_table::timers))  // partner: arm_timer
    cancel_timers_to(p.self());
}

// Timers that will send something.
std::size_t timers_armed() noexcept;

// At the end of the runtime: all that are left.
void drop_all_timers() noexcept;

}  // namespace brood::detail
