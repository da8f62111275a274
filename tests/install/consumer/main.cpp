// A message there and back, so that the linker needs the library and its dependencies.
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

using namespace brood;

struct ping {
  pid from;
};
struct pong {};

process echo() {
  auto m = co_await receive<ping>();
  send(m.from, pong{});
}

process hello() {
  const pid other = spawn(echo);
  send(other, ping{self()});
  co_await receive<pong>();
  fmt::print("{} answered\n", other);
}

int main() { return run(hello); }
