// Which processes are supervisors: a bit in the control block that anybody may read, for those who stop them.
#pragma once

#include "process/process_control.hpp"

namespace brood::detail {

// The running process has reached `supervise`. OTP: child spec, type supervisor
void now_supervises();

// Whether `who` has. False for the dead.
bool supervises(pid who) noexcept;

// Whether a living supervisor started this process and is linked to it: then that one stops it, in its order.
bool is_supervised(const process_control& p) noexcept;

// Whether it is a supervisor, or a supervisor started it, or somebody whom one did: the end of the runtime gives it the time that its
// supervisors promise. By the process itself.
inline bool is_in_tree(const process_control& p) noexcept {
  return p.below_supervisor || p.supervises.load(std::memory_order_relaxed);
}

}  // namespace brood::detail
