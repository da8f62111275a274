// How soon Linux lets a thread run that wakes where another computes.
#pragma once

namespace brood::detail {

// This thread asks for slices as short as there are, 0.1 ms, and nothing else about it changes: who wakes with little to do then runs
// before one that computes. Nothing happens before Linux 6.12, and to a thread with a real-time policy.
void shorten_time_slice() noexcept;

}  // namespace brood::detail
