// A link ties two processes' fates: when one fails, the other gets its exit signal and ends with the same reason, and so on along
// the chain. Who traps exits gets a message instead and decides for itself.
//
// Output:
// c ended: "disk full"
// a ended: "disk full"
// trapped: #PID<0.65.0> exited with :shutdown
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

using namespace brood;

struct fail {};

// c: ends as soon as it is told to.
process last(pid watcher) {
  send(watcher, self());
  co_await receive<fail>();
  exit(exit_reason("disk full"));
}
// a and b: wait for a message that never comes, each linked to the next.
process middle(pid watcher) {
  spawn_link(last, watcher);
  co_await receive<fail>();
}
process first(pid watcher) {
  spawn_link(middle, watcher);
  co_await receive<fail>();
}

process watcher() {
  auto [a, a_watch] = spawn_monitor(first, self());
  pid c = co_await receive<pid>();
  monitor_ref c_watch = monitor(c);
  send(c, fail{});
  fmt::print("c ended: {}\n", (co_await receive<down>(c_watch)).why);
  fmt::print("a ended: {}\n", (co_await receive<down>(a_watch)).why);

  trap_exits();
  pid child = spawn_link([] { exit(reason::shutdown); });
  auto [who, why] = co_await receive<exited>(child);
  fmt::print("trapped: {} exited with {}\n", who, why);
}

int main() { return run(watcher); }
