// The end of a process, in the order that others may rely on.
#pragma once

#include "process/core.hpp"

namespace brood::detail {

// From the worker, with the process suspended for good (doomed) or run to its end.
void begin_death(core& c, process_control& p);
// The part that tells others: in slices, for a process may have a million links.
void continue_death(core& c, process_control& p);

// Destroys frames from the innermost outwards, without recursion.
void destroy_frames(process_control& p) noexcept;

// Tells the tables that keep something of it. Its name is released already.
void run_death_hooks(process_control& p) noexcept;

// Gives the memory of a destroyed closure back.
inline void free_closure(process_control& p) noexcept {
  if (p.outside_closure) [[unlikely]]
    deallocate(p.closure(), p.info->size);
}

}  // namespace brood::detail
