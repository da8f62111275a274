#include "sched/time_slice.hpp"

#include <cstdint>

#include <linux/sched.h>
#include <linux/sched/types.h>  // the C library has no wrapper before 2.41, and its <sched.h> clashes with this
#include <sys/syscall.h>
#include <unistd.h>

namespace brood::detail {

void shorten_time_slice() noexcept {
  constexpr std::uint64_t shortest = 100'000;  // nanoseconds; see sched(7), SCHED_OTHER
  constexpr int this_thread = 0;
  sched_attr how{};
  if (syscall(SYS_sched_getattr, this_thread, &how, sizeof how, 0) != 0 || how.sched_policy != SCHED_NORMAL)
    return;
  how.sched_runtime = shortest;
  static_cast<void>(syscall(SYS_sched_setattr, this_thread, &how, 0));  // refused: it goes on as it was
}

}  // namespace brood::detail
