// A worker that can be told to leave. It is linked to whoever started it, and why it leaves decides what that means to them:
// `normal` concerns nobody, any other reason takes the linked ones along.
//
// Output:
// 16
// the client lives on
// 16
// the client ended: "out of coffee"
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

using namespace brood;

struct compute {
  int x;
  pid from;
};
struct result {
  int square;
};
struct leave {
  exit_reason why;
};

process worker() {
  while (true)
    co_await receive([](compute m) { send(m.from, result{m.x * m.x}); },  //
                     [](leave m) { exit(m.why); });
}

process client(exit_reason why) {
  pid w = spawn_link(worker);
  send(w, compute{4, self()});
  fmt::print("{}\n", (co_await receive<result>()).square);

  monitor_ref watch = monitor(w);
  send(w, leave{why});
  co_await receive<down>(watch);  // unless the link comes first and ends us here
  fmt::print("the client lives on\n");
}

process watcher() {
  auto [calm, first] = spawn_monitor(client, reason::normal);
  co_await receive<down>(first);
  auto [doomed, second] = spawn_monitor(client, exit_reason("out of coffee"));
  fmt::print("the client ended: {}\n", (co_await receive<down>(second)).why);
}

int main() { return run(watcher); }
