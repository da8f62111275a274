// brood-bench NAME ARG...: one workload of ../shared/peers/README.md, two schedulers, one line of JSON. Without a name: lists them.
#include "bench.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

namespace bench {

void check(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "brood-bench: wrong result: %s\n", what);
  std::_Exit(1);
}

void report(const char* name, std::int64_t ops, const stopwatch& time) {
  const double seconds = time.seconds();
  char fields[96];
  std::snprintf(fields, sizeof fields, "\"seconds\":%.6f,\"ns_per_op\":%.2f", seconds, seconds * 1e9 / static_cast<double>(ops));
  report(name, ops, std::string(fields));
}

void report(const char* name, std::int64_t ops, const std::string& fields) {
  std::printf("{\"peer\":\"brood\",\"workload\":\"%s\",\"ops\":%lld,%s,\"peak_rss_kib\":%lld}\n", name, static_cast<long long>(ops),
              fields.c_str(), static_cast<long long>(status_of_self("VmHWM:")));
  std::fflush(stdout);
}

std::int64_t status_of_self(const char* key) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == key) {
      std::int64_t kib = 0;
      status >> kib;
      return kib;
    }
  return 0;
}

namespace {

std::vector<workload> all() {
  std::vector<workload> every;
  for (auto list : {messages, spawning, timing, calls, exits, supervision, simulated, tables})
    for (const workload& w : list())
      every.push_back(w);
  return every;
}

int usage() {
  std::fputs("usage: brood-bench NAME ARG...\n", stderr);
  for (const workload& w : all())
    std::fprintf(stderr, "  %s %s\n", w.name, w.arguments);
  return 2;
}

std::size_t words(const char* text) {
  std::size_t n = 0;
  for (const char* at = text; *at; ++at)
    n += *at != ' ' && (at == text || at[-1] == ' ');
  return n;
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) {
  using namespace bench;
  if (argc < 2)
    return usage();
  for (const workload& w : all()) {
    if (std::strcmp(w.name, argv[1]) != 0)
      continue;
    numbers arguments;
    for (int i = 2; i < argc; ++i) {
      char* end = nullptr;
      arguments.push_back(std::strtoll(argv[i], &end, 10));
      if (*end != '\0' || arguments.back() <= 0)
        return usage();
    }
    if (arguments.size() != words(w.arguments))
      return usage();
    if (w.outside)
      return w.outside(std::move(arguments)), 0;
    return brood::run(brood::run_options{.schedulers = 2}, w.run, std::move(arguments));
  }
  return usage();
}
