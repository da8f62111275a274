// Two processes answering each other.
//
// Output:
// pong from #PID<0.62.0>
// 100000 more
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

using namespace brood;

struct ping {
  pid from;
};
struct pong {
  pid from;
};

process ping_pong() {
  while (true) {
    auto [from] = co_await receive<ping>();
    send(from, pong{self()});
  }
}

process client() {
  pid partner = spawn_link(ping_pong);
  send(partner, ping{self()});
  auto [who] = co_await receive<pong>();
  fmt::print("pong from {}\n", who);

  int more = 0;
  for (; more < 100'000; ++more) {
    send(partner, ping{self()});
    co_await receive<pong>();
  }
  fmt::print("{} more\n", more);
}

int main() { return run(client); }
