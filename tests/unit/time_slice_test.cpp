// What a spare's thread asks Linux for.
#include "catch.hpp"

#include "sched/time_slice.hpp"

#include <cstdint>
#include <cstdio>
#include <thread>

#include <sched.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace {

// Linux's struct sched_attr, whose header clashes with <sched.h>.
struct attributes {
  std::uint32_t size, policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime, deadline, period;
};

attributes of_this_thread() {
  attributes a{};
  REQUIRE(syscall(SYS_sched_getattr, 0, &a, sizeof a, 0) == 0);
  return a;
}

bool has_slices() {
  utsname name;
  int major = 0, minor = 0;
  REQUIRE(uname(&name) == 0);
  REQUIRE(std::sscanf(name.release, "%d.%d", &major, &minor) == 2);
  return major > 6 || (major == 6 && minor >= 12);
}

}  // namespace

TEST_CASE("time slice: the shortest from Linux 6.12 on, and neither policy nor niceness change, nor other threads") {
  const attributes others = of_this_thread();
  std::thread([] {
    [[maybe_unused]] const int now = nice(3);  // of this thread alone, in Linux
    const attributes before = of_this_thread();
    brood::detail::shorten_time_slice();
    const attributes after = of_this_thread();
    CHECK(after.policy == before.policy);
    CHECK(after.nice == before.nice);
    if (has_slices() && before.policy == SCHED_OTHER)
      CHECK(after.runtime == 100'000);
    else
      CHECK(after.runtime == before.runtime);
  }).join();
  CHECK(of_this_thread().runtime == others.runtime);
  CHECK(of_this_thread().nice == others.nice);
}
