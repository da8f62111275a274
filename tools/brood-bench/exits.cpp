// Exits that spread: along a chain of links, over a star of them, and to who monitors.
#include "bench.hpp"

namespace bench {

using namespace brood;

namespace {

struct boom {
  friend bool operator==(boom, boom) = default;
};
struct tail {
  pid who;
};
struct leaves {
  std::vector<pid> all;
};
struct stop {};

process chain_link(std::int64_t left, pid main) {
  if (left == 1)
    send(main, tail{self()});
  else
    spawn_link(chain_link, left - 1, main);
  co_await receive<stop>();
}

process exit_cascade(numbers a) {
  const auto [head, monitor] = spawn_monitor(chain_link, a[0], self());
  const pid last = (co_await receive<tail>()).who;
  stopwatch time;
  exit(last, exit_reason(boom{}));
  const down d = co_await receive<down>(monitor);
  check(d.why == exit_reason(boom{}), "the head died of what killed the tail");
  report("exit_cascade", a[0], time);
}

process leaf() { co_await receive<stop>(); }

process hub(std::int64_t n, pid main) {
  leaves made;
  for (std::int64_t i = 0; i < n; ++i)
    made.all.push_back(spawn_link(leaf));
  send(main, std::move(made));
  co_await receive<stop>();
}

process exit_star(numbers a) {
  const pid middle = spawn(hub, a[0], self());
  for (const pid p : (co_await receive<leaves>()).all)
    monitor(p);
  stopwatch time;
  exit(middle, exit_reason(boom{}));
  for (std::int64_t i = 0; i < a[0]; ++i) {
    const down d = co_await receive<down>();
    check(d.why == exit_reason(boom{}), "the leaves died of what killed the hub");
  }
  report("exit_star", a[0], time);
}

process monitor_down(numbers a) {
  stopwatch time;
  for (std::int64_t i = 0; i < a[0]; ++i)
    spawn_monitor([] {});
  for (std::int64_t i = 0; i < a[0]; ++i) {
    const down d = co_await receive<down>();
    check(d.why == reason::normal, "they ended normally");
  }
  report("monitor_down", a[0], time);
}

}  // namespace

std::vector<workload> exits() {
  return {{"exit_cascade", "N", exit_cascade}, {"exit_star", "N", exit_star}, {"monitor_down", "N", monitor_down}};
}

}  // namespace bench
