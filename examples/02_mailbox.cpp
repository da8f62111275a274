// Every process has a mailbox. Sending never waits: messages queue up in it, in order, until the process receives them.
// `receive<T>` takes the oldest T; `flush` takes and prints whatever there is.
//
// Output:
// ping
// first: 1
// 4
// 9
// 16
// 25
// flushed: 4
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <string>

using namespace brood;

process talks_to_itself() {
  pid me = self();
  send(me, "ping");
  fmt::print("{}\n", co_await receive<std::string>());

  for (int n = 1; n <= 5; ++n)
    send(me, n * n);
  fmt::print("first: {}\n", co_await receive<int>());
  fmt::print("flushed: {}\n", co_await flush());
}

int main() { return run(talks_to_itself); }
