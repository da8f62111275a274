// How many processors this program may use: of those that are there, those that its affinity mask names, and no more than its
// cgroup's quota of processor time pays for.
#pragma once

#include <cstddef>
#include <string>

namespace brood::detail {

// At least 1.
std::size_t processors_to_use();

// Of those in the affinity mask (taskset, a cpuset). At least 1.
std::size_t processors_in_mask();

// The tightest quota of the cgroups that this program is in, version 1 or 2, in processors: 0.5 is half of one. 0: there is none, or
// it can't be read. `root` goes before each path that is read, /proc/self/cgroup and others: for tests.
double processor_quota(const std::string& root = {});

}  // namespace brood::detail
