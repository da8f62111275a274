// What the workloads share: arguments, clock, checks, and the one line of JSON that each prints.
#pragma once

#include <brood/brood.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

using numbers = std::vector<std::int64_t>;

// The process that runs a workload and reports; the first of its runtime.
using body = brood::process (*)(numbers);

struct workload {
  const char* name;
  const char* arguments;  // their names, separated by spaces
  body run;
  void (*outside)(numbers) = nullptr;  // instead: outside any runtime
};

// Where a file's workloads are listed: each file has a function of its own, main.cpp goes through them.
std::vector<workload> messages(), spawning(), timing(), calls(), exits(), supervision(), simulated(), tables();

// Wall time since it was made.
class stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(brood::process_clock::now() - began_).count(); }

 private:
  brood::process_clock::time_point began_ = brood::process_clock::now();
};

// A workload that did not do what it says prints why and ends the program.
void check(bool holds, const char* what);

// {"peer":"brood","workload":…,"ops":…,"seconds":…,"ns_per_op":…,"peak_rss_kib":…}
void report(const char* name, std::int64_t ops, const stopwatch& time);
// {"peer":"brood","workload":…,"ops":…,FIELDS,"peak_rss_kib":…}
void report(const char* name, std::int64_t ops, const std::string& fields);

// A line of /proc/self/status: VmRSS, VmHWM, in KiB.
std::int64_t status_of_self(const char* key);

}  // namespace bench
