#include "sched/time_slice.hpp"

#include <cstdint>

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace brood::detail {

namespace {

// The kernel's sched_attr in its first version: the C library has it from 2.41 on, and <linux/sched/types.h> clashes with <sched.h>.
struct scheduling {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};
static_assert(sizeof(scheduling) == 48);

}  // namespace

void shorten_time_slice() noexcept {
  constexpr std::uint64_t shortest = 100'000;  // nanoseconds; see sched(7), SCHED_OTHER
  constexpr int this_thread = 0;
  scheduling how{};
  if (syscall(SYS_sched_getattr, this_thread, &how, sizeof how, 0) != 0 || how.policy != SCHED_OTHER)
    return;
  how.runtime = shortest;
  static_cast<void>(syscall(SYS_sched_setattr, this_thread, &how, 0));  // refused: it goes on as it was
}

}  // namespace brood::detail
