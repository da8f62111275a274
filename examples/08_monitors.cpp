// A monitor watches without being tied: when the process ends, a `down` arrives like any other message. Monitors go one way and
// stack: each gives its own `down`, and taking one back leaves the others.
//
// Output:
// {:DOWN, #Reference<0.0.3.82>, :process, #PID<0.64.0>, :normal}
// alive: false
// of three monitors, less one: 2 downs
// monitoring the dead: :noproc
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <chrono>

using namespace brood;
using namespace std::chrono_literals;

process sleeper(time_limit how_long) { co_await sleep(how_long); }

process watcher() {
  auto [child, watch] = spawn_monitor(sleeper, 500ms);
  fmt::print("{}\n", describe(co_await receive<down>(watch)));
  fmt::print("alive: {}\n", co_await is_alive(child));

  pid other = spawn(sleeper, 10ms);
  monitor_ref first = monitor(other), second = monitor(other), third = monitor(other);
  demonitor(second);
  co_await receive<down>(first);
  co_await receive<down>(third);
  auto another = co_await receive<down>(within(0s));
  fmt::print("of three monitors, less one: {} downs\n", another ? 3 : 2);

  fmt::print("monitoring the dead: {}\n", (co_await receive<down>(monitor(other))).why);
}

int main() { return run(watcher); }
