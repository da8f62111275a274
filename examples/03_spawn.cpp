// Spawning gives a pid at once; the child runs beside its parent and ends when its function does. What that returns is dropped:
// a child that has something to say sends it.
//
// Output:
// #PID<0.62.0> is alive: false
// the child sent 42
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

using namespace brood;

process parent() {
  // A plain function will do as a process. The monitor tells us when it is over; without one, "alive" would be a race.
  auto [mute, watch] = spawn_monitor([] { return 6 * 7; });
  co_await receive<down>(watch);
  fmt::print("{} is alive: {}\n", mute, co_await is_alive(mute));

  // self() inside the child would be the child: who we are goes along as a value.
  spawn([parent = self()] { send(parent, 6 * 7); });
  fmt::print("the child sent {}\n", co_await receive<int>());
}

int main() { return run(parent); }
