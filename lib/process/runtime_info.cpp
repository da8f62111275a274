// inspect_runtime(): the counts of the whole.
#include "process/door.hpp"
#include "process/runtime_core.hpp"
#include "process/timers.hpp"

#include <brood/detail/memory.hpp>
#include <brood/inspect.hpp>
#include <brood/names.hpp>

namespace brood {

runtime_info inspect_runtime() {
  const detail::visit inside(detail::visitors_door);
  if (!inside)
    return {};
  const detail::runtime_core* rt = detail::runtime_core::get();
  return {rt->living(),        rt->max_processes(),    rt->sched.schedulers,
          registered().size(), detail::timers_armed(), detail::memory_in_use()};
}

}  // namespace brood
