// Memory that the program does not use any more.
#include "times.hpp"

namespace {

long resident_megabytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  long all = 0, pages = 0;
  const int got = std::fscanf(file, "%ld %ld", &all, &pages);
  std::fclose(file);
  return got == 2 ? pages * sysconf(_SC_PAGESIZE) >> 20 : 0;
}

struct block {
  char bytes[1000] = {};
};

}  // namespace

// The memory of a mailbox of 200,000 messages of 1 kB, 200 MB, was never given back. Must: when the program has been quiet for a while.
FAULT(memory_of_a_mailbox_is_kept) {
  return run([]() -> process {
    const long before = resident_megabytes();
    const pid hoard = spawn([]() -> process { co_await receive<int>(); });
    for (int i = 0; i < 200'000; ++i)
      send(hoard, block());
    send(hoard, 1);
    const monitor_ref watch = monitor(hoard);
    (void)co_await receive<down>(watch);
    long kept = resident_megabytes() - before;
    for (int i = 0; i < 100 && kept > 50; ++i) {
      co_await sleep(100ms);
      kept = resident_megabytes() - before;
    }
    must(kept <= 50, "most of 200 MB is given back within ten seconds; kept: " + std::to_string(kept) + " MB");
  });
}
