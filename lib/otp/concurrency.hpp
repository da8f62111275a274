// How many processes at once, when nobody says.
#pragma once

#include "process/runtime_core.hpp"

#include <cstddef>

namespace brood::detail {

// As many as there are schedulers. Under the simulator, where there is one thread, a few: it is the interleavings that count there.
inline std::size_t concurrency_or_default(std::size_t wanted) noexcept {
  if (wanted > 0)
    return wanted;
  const runtime_core& rt = *runtime_core::get();
  return rt.plat.simulated() ? 4 : rt.sched.schedulers;
}

}  // namespace brood::detail
