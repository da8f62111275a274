// Two processes: one asks, one answers. They share nothing but messages.
//
// Output:
// Hello, world!
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <string>

using namespace brood;

struct greet {
  std::string name;
  pid from;
};

process greeter() {
  auto [name, from] = co_await receive<greet>();
  send(from, "Hello, " + name + "!");
}

process hello() {
  pid friendly = spawn(greeter);
  send(friendly, greet{"world", self()});
  fmt::print("{}\n", co_await receive<std::string>());
}

int main() { return run(hello); }
