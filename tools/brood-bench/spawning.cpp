// Processes that come and go, and processes that wait: what one costs in time and memory.
#include "bench.hpp"

#include <dirent.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace bench {

using namespace brood;
using namespace std::chrono_literals;

namespace {

struct sum {
  std::int64_t value;
};
struct done {};
struct stop {};

process node(pid parent, std::int64_t number, std::int64_t size) {
  if (size == 1) {
    send(parent, sum{number});
    co_return;
  }
  const std::int64_t child = size / 10;
  for (std::int64_t i = 0; i < 10; ++i)
    spawn(node, self(), number + i * child, child);
  std::int64_t total = 0;
  for (int i = 0; i < 10; ++i)
    total += (co_await receive<sum>()).value;
  send(parent, sum{total});
}

process skynet(numbers a) {
  const std::int64_t leaves = a[0];
  stopwatch time;
  spawn(node, self(), 0, leaves);
  const std::int64_t total = (co_await receive<sum>()).value;
  check(total == leaves * (leaves - 1) / 2, "the leaves' numbers add up");
  report("skynet", leaves, time);
}

process spawn_exit(numbers a) {
  stopwatch time;
  for (std::int64_t i = 0; i < a[0]; ++i) {
    spawn([parent = self()] { send(parent, done{}); });
    co_await receive<done>();
  }
  report("spawn_exit", a[0], time);
}

process wait_for_stop() { co_await receive<stop>(); }

process idle(numbers a) {
  const std::int64_t before = status_of_self("VmRSS:");
  for (std::int64_t i = 0; i < a[0]; ++i)
    spawn(wait_for_stop);
  co_await sleep(500ms);
  const std::int64_t after = status_of_self("VmRSS:");
  check(std::ssize(processes()) == a[0] + 1, "all of them wait");
  char fields[64];
  std::snprintf(fields, sizeof fields, "\"bytes_per_process\":%.1f",
                static_cast<double>(after - before) * 1024 / static_cast<double>(a[0]));
  report("idle", a[0], std::string(fields));
}

// Context switches of all threads so far.
std::int64_t context_switches() {
  std::int64_t all = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = tasks ? readdir(tasks) : nullptr) {
    std::ifstream status(std::string("/proc/self/task/") + entry->d_name + "/status");
    for (std::string word; status >> word;)
      if (word.ends_with("ctxt_switches:")) {
        std::int64_t n = 0;
        status >> n;
        all += n;
      }
  }
  if (tasks)
    closedir(tasks);
  return all;
}

std::int64_t cpu_microseconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

process parked(numbers a) {
  for (std::int64_t i = 0; i < a[0]; ++i)
    spawn(wait_for_stop);
  co_await sleep(100ms);  // until the last has begun to wait and every scheduler sleeps
  const std::int64_t switches = context_switches();
  const std::int64_t cpu = cpu_microseconds();
  co_await sleep(std::chrono::milliseconds(a[1]));
  const std::int64_t cpu_used = cpu_microseconds() - cpu;
  const std::int64_t switched = context_switches() - switches;
  check(std::ssize(processes()) == a[0] + 1, "all of them wait");
  report("parked", a[0],
         "\"ms\":" + std::to_string(a[1]) + ",\"cpu_us\":" + std::to_string(cpu_used) +
             ",\"context_switches\":" + std::to_string(switched));
}

}  // namespace

std::vector<workload> spawning() {
  return {{"skynet", "LEAVES", skynet}, {"spawn_exit", "N", spawn_exit}, {"idle", "N", idle}, {"parked", "N MS", parked}};
}

}  // namespace bench
