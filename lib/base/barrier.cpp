#include "base/barrier.hpp"

#include "base/spinlock.hpp"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace brood::detail {

constinit std::atomic<bool> barrier::works_{false};

void barrier::prepare() noexcept {
  if (!light())
    works_.store(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0, std::memory_order_relaxed);
}

void barrier::heavy() noexcept {
  if (light())
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

void barrier::pause() noexcept { cpu_pause(); }

}  // namespace brood::detail
