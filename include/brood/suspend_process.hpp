// Stopping a process for a while, to debug it. It takes everything in meanwhile, and runs nothing; exit signals still end it.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/pid.hpp>
#include <brood/task.hpp>

namespace [[gnu::visibility("default")]] brood {

// Suspends `who` before its next turn; when this returns it runs no more. Suspensions count, each suspender's for itself: it runs
// again when all are taken back, and a suspender's death takes back its own. False: it is dead. Aimed at self(): throws
// std::invalid_argument. OTP: erlang:suspend_process/1
BROOD_API task<bool> suspend_process(pid who);

// Takes back one suspension of this process's. False: there is none, or `who` is dead. OTP: erlang:resume_process/1
BROOD_API task<bool> resume_process(pid who);

}  // namespace brood
