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

}  // namespace brood::detail
