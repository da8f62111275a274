// A program that starts and stops a runtime again and again: nothing grows, nothing is used up. BROOD_STRESS=full: 4,000 times.
#include "catch.hpp"

#include "process/process_table.hpp"

#include <brood/brood.hpp>

#include <dirent.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace brood;
using namespace std::chrono_literals;

namespace {

long resident_bytes() {
  std::ifstream file("/proc/self/statm");
  long all = 0, resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

int descriptors() {
  int n = 0;
  if (DIR* dir = opendir("/proc/self/fd")) {
    while (readdir(dir))
      ++n;
    closedir(dir);
  }
  return n;
}

process pair() {
  const auto [child, watch] = spawn_monitor([]() -> process { co_await receive<int>(); });
  send(child, 1);
  co_await receive<down>(watch);
}

void start_and_stop(int i) {
  if (i % 2 == 0) {
    run({.schedulers = 2, .grace = 5s}, pair);
  } else {
    runtime rt({.schedulers = 2, .grace = 5s});
    (void)rt.wait(rt.spawn(pair));
    rt.spawn([]() -> process { co_await sleep(infinity); });
  }
}

}  // namespace

TEST_CASE("a program that starts and stops its runtime thousands of times does not grow") {
  const char* const stress = std::getenv("BROOD_STRESS");
  const int rounds = stress && std::string(stress) == "full" ? 4'000 : 200;
  const int before = rounds / 4;  // until everything that is kept is there
  for (int i = 0; i < before; ++i)
    start_and_stop(i);
  const long memory = resident_bytes();
  const std::uint32_t slots = detail::process_table::instance().used();
  const int open = descriptors();
  for (int i = before; i < rounds; ++i)
    start_and_stop(i);
  CHECK(detail::process_table::instance().used() == slots);
  CHECK(descriptors() == open);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && \
    !(defined(__has_feature) && __has_feature(address_sanitizer)) && !(defined(__has_feature) && __has_feature(thread_sanitizer))
  CHECK(resident_bytes() - memory < 1024 * (rounds - before));  // a start leaves less than 1 KiB behind
#else
  static_cast<void>(memory);
#endif
}
