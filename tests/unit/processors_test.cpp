// Affinity mask and cgroup quotas, from files made for the test.
#include "catch.hpp"

#include "base/processors.hpp"

#include <sched.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

using namespace brood::detail;

namespace {

// A folder with what the kernel would show.
class fake_root {
 public:
  fake_root() {
    std::string name = (std::filesystem::temp_directory_path() / "brood-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~fake_root() { std::filesystem::remove_all(path_); }
  fake_root(const fake_root&) = delete;
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(path_ + file).parent_path());
    std::ofstream(path_ + file) << text << '\n';
  }
  double quota() const { return processor_quota(path_); }

 private:
  std::string path_;
};

const char* const second_version = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate";
const char* const first_version = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct";

}  // namespace

TEST_CASE("no cgroup files, or none with a limit: no quota") {
  const fake_root none;
  CHECK(none.quota() == 0);
  const fake_root unlimited;
  unlimited.write("/proc/self/mountinfo", second_version);
  unlimited.write("/proc/self/cgroup", "0::/user.slice");
  unlimited.write("/sys/fs/cgroup/user.slice/cpu.max", "max 100000");
  CHECK(unlimited.quota() == 0);
}

TEST_CASE("version 2: the tightest of the group and those around it") {
  const fake_root root;
  root.write("/proc/self/mountinfo", second_version);
  root.write("/proc/self/cgroup", "0::/a.slice/b.scope");
  root.write("/sys/fs/cgroup/a.slice/b.scope/cpu.max", "250000 100000");
  CHECK(root.quota() == 2.5);
  root.write("/sys/fs/cgroup/a.slice/cpu.max", "50000 100000");
  CHECK(root.quota() == 0.5);
  root.write("/sys/fs/cgroup/a.slice/b.scope/cpu.max", "max 100000");
  CHECK(root.quota() == 0.5);
}

TEST_CASE("version 1: the group of the controller cpu; -1 is no limit") {
  const fake_root root;
  root.write("/proc/self/mountinfo", first_version);
  root.write("/proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/service\n3:cpuset:/y");
  root.write("/sys/fs/cgroup/cpu,cpuacct/service/cpu.cfs_quota_us", "150000");
  root.write("/sys/fs/cgroup/cpu,cpuacct/service/cpu.cfs_period_us", "100000");
  CHECK(root.quota() == 1.5);
  root.write("/sys/fs/cgroup/cpu,cpuacct/service/cpu.cfs_quota_us", "-1");
  CHECK(root.quota() == 0);
}

TEST_CASE("in a container the mount shows the container's group at its top") {
  const fake_root root;
  root.write("/proc/self/mountinfo", "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu");
  root.write("/proc/self/cgroup", "4:cpu:/docker/abc");
  root.write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000");
  root.write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  CHECK(root.quota() == 0.5);
  const fake_root namespaced;
  namespaced.write("/proc/self/mountinfo", second_version);
  namespaced.write("/proc/self/cgroup", "0::/");
  namespaced.write("/sys/fs/cgroup/cpu.max", "200000 100000");
  CHECK(namespaced.quota() == 2);
}

TEST_CASE("the affinity mask counts, not what the machine has") {
  CHECK(processors_in_mask() >= 1);
  std::size_t in_thread = 0, to_use = 0;
  std::thread([&] {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    int first = 0;
    while (!CPU_ISSET(first, &set))
      ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    sched_setaffinity(0, sizeof set, &set);
    in_thread = processors_in_mask();
    to_use = processors_to_use();
  }).join();
  CHECK(in_thread == 1);
  CHECK(to_use == 1);
}
