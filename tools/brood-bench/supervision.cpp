// Supervisors: what a restart costs, and starting and stopping many children.
#include "bench.hpp"

#include <malloc.h>
#include <cstdio>
#include <stdexcept>

namespace bench {

using namespace brood;

namespace {

struct born {
  pid who;
};

process announced(pid main) {
  send(main, born{self()});
  co_await receive<born>();
}

// Throws when it is told to.
process fragile(pid main) {
  send(main, born{self()});
  co_await receive([](born) { throw std::runtime_error("told to"); });
}

process quiet() { co_await receive<born>(); }

process supervisor(restart_strategy strategy, std::vector<child_spec> children) {
  co_await supervise({.strategy = strategy, .restarts = 1 << 30}, std::move(children));
}

// From what ends a child to the first message of its successor. Reports are made, and go nowhere.
task<> end_again_and_again(const char* name, std::int64_t n, process (*body)(pid), void (*end)(pid)) {
  set_report_sink([](const crash_report&) {});
  std::vector<child_spec> children{child("a", body, self())};
  const pid sup = spawn(supervisor, one_for_one, std::move(children));
  pid living = (co_await receive<born>()).who;
  stopwatch time;
  for (std::int64_t i = 0; i < n; ++i) {
    end(living);
    living = (co_await receive<born>()).who;
  }
  report(name, n, time);
  exit(sup, reason::kill);
}

process restart(numbers a) {
  co_await end_again_and_again("restart", a[0], announced, [](pid child) { exit(child, reason::kill); });
}
process restart_crash(numbers a) {
  co_await end_again_and_again("restart_crash", a[0], fragile, [](pid child) { send(child, born{}); });
}

std::size_t heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Starts n children and stops them. heap_bytes_per_child: beyond control blocks and frames, which are the children's own.
task<> start_and_stop(const char* name, std::int64_t n, bool dynamic) {
  const std::size_t before = heap_bytes();
  stopwatch time;
  trap_exits();
  const pid sup = *co_await start_link(supervisor, dynamic ? restart_strategy::dynamic : one_for_one, std::vector<child_spec>());
  for (std::int64_t i = 0; i < n; ++i)
    (void)*co_await start_child(sup, dynamic ? child(quiet) : child(std::to_string(i), quiet));
  const double started = time.seconds();
  const auto bytes = static_cast<double>(heap_bytes() - before);
  exit(sup, reason::shutdown);
  (void)co_await receive<exited>(sup);
  const double seconds = time.seconds();
  char fields[192];
  std::snprintf(fields, sizeof fields,
                "\"seconds\":%.6f,\"ns_per_op\":%.2f,\"start_ns\":%.2f,\"stop_ns\":%.2f,\"heap_bytes_per_child\":%.1f", seconds,
                seconds * 1e9 / static_cast<double>(n), started * 1e9 / static_cast<double>(n),
                (seconds - started) * 1e9 / static_cast<double>(n), bytes / static_cast<double>(n));
  report(name, n, std::string(fields));
}

process static_children(numbers a) { co_await start_and_stop("static_children", a[0], false); }
process dynamic_children(numbers a) { co_await start_and_stop("dynamic_children", a[0], true); }

}  // namespace

std::vector<workload> supervision() {
  return {{"restart", "N", restart},
          {"restart_crash", "N", restart_crash},
          {"static_children", "N", static_children},
          {"dynamic_children", "N", dynamic_children}};
}

}  // namespace bench
