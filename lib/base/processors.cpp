#include "base/processors.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

namespace brood::detail {

namespace {

// Where a hierarchy of cgroups is mounted, and which of its groups the mount shows at the top.
struct mount {
  std::string point, top;
  bool second_version;
};

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word)
      return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

// proc(5): 36 35 98:0 /top /point options… - type source super_options
std::vector<mount> mounts_with_cpu(const std::string& root) {
  std::vector<mount> found;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string skip, top, point, word, type, source, options;
    words >> skip >> skip >> skip >> top >> point;
    while (words >> word && word != "-") {}
    words >> type >> source >> options;
    if (type == "cgroup2" || (type == "cgroup" && has_word(options, "cpu")))
      found.push_back({point, top, type == "cgroup2"});
  }
  return found;
}

// cgroups(7): 4:cpu,cpuacct:/path in version 1, 0::/path in version 2.
std::string group_of_this_program(const std::string& root, bool second_version) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
      continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (second_version ? line.starts_with("0::") : has_word(controllers, "cpu"))
      return line.substr(second + 1);
  }
  return {};
}

// Of one group; 0: none.
double quota_in(const std::string& folder, bool second_version) {
  std::string quota = "max";
  double period = 0;
  if (second_version) {
    std::ifstream(folder + "/cpu.max") >> quota >> period;
  } else {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  const double time = std::strtod(quota.c_str(), nullptr);  // "max" and -1: no limit
  return time > 0 && period > 0 ? time / period : 0;
}

double tighter(double a, double b) noexcept { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

}  // namespace

double processor_quota(const std::string& root) {
  double tightest = 0;
  for (const mount& m : mounts_with_cpu(root)) {
    std::string group = group_of_this_program(root, m.second_version);
    if (m.top != "/" && group.starts_with(m.top))  // a container sees but a part of the hierarchy
      group.erase(0, m.top.size());
    if (group.find("/..") != std::string::npos)  // outside of what the mount shows
      group.clear();
    for (;;) {  // a group has no more than those around it
      tightest = tighter(tightest, quota_in(root + m.point + group, m.second_version));
      if (group.empty() || group == "/")
        break;
      group.erase(group.rfind('/'));
    }
  }
  return tightest;
}

std::size_t processors_in_mask() {
  for (int most = 1024; most <= 1024 * 1024; most *= 4) {
    cpu_set_t* const set = CPU_ALLOC(static_cast<std::size_t>(most));
    if (!set)
      break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(most));
    const bool known = sched_getaffinity(0, bytes, set) == 0;
    const int count = known ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (known)
      return static_cast<std::size_t>(std::max(1, count));
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

std::size_t processors_to_use() {
  const std::size_t in_mask = processors_in_mask();
  const double quota = processor_quota();
  if (quota == 0)
    return in_mask;
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(std::min(quota, 1e6))), 1, in_mask);
}

}  // namespace brood::detail
