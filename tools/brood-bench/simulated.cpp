// How many schedules of a small test the simulator runs.
#include "bench.hpp"

namespace bench {

using namespace brood;

namespace {

struct ping {
  pid from;
};
struct pong {};

process ponger() {
  while (true) {
    const ping m = co_await receive<ping>();
    send(m.from, pong{});
  }
}

process ten_messages() {
  const pid other = spawn(ponger);
  for (int i = 0; i < 5; ++i) {
    send(other, ping{self()});
    co_await receive<pong>();
  }
}

// An operation is a schedule: both processes made, ten messages, both gone.
void simulated_ping_pong(numbers a) {
  stopwatch time;
  for_each_seed(static_cast<std::size_t>(a[0]), [](auto seed) { simulate(seed, ten_messages); });
  report("simulated_ping_pong", a[0], time);
}

}  // namespace

std::vector<workload> simulated() { return {{"simulated_ping_pong", "schedules", nullptr, simulated_ping_pong}}; }

}  // namespace bench
