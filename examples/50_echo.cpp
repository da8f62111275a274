// A server that sends back what it receives: a process for each connection. With a port it serves for ever; without, it asks itself.
//
// Output:
// hello, server
// the server has 3 lines for us
// closed
#include <brood/brood.hpp>
#include <brood/net.hpp>

#include <fmt/core.h>

#include <cstdlib>

using namespace brood;
using namespace std::chrono_literals;

process echo(net::connection c) {
  while (auto piece = co_await c.read(60s))
    co_await c.write(*piece);
}

process serve_on(net::listener door) {
  while (auto c = co_await door.accept())
    spawn(echo, *std::move(c));
}

process client(net::address server) {
  net::connection c = *co_await net::connect(server);
  c.frame(net::lines{});
  co_await c.write("hello, server\n");
  fmt::print("{}\n", (*co_await c.read(5s)).view());

  co_await c.write("one\ntwo\nthree\n");
  int lines = 0;
  while (lines < 3 && co_await c.read(5s))
    ++lines;
  fmt::print("the server has {} lines for us\n", lines);

  c.finish();  // the server reads the end, and ends
  auto end = co_await c.read(5s);
  fmt::print("{}\n", end.why() == io::ended ? "closed" : "?");
}

process program(int port) {
  net::listener door = *net::listen(net::address::loopback(static_cast<std::uint16_t>(port)));
  const net::address at = door.local();
  if (port != 0)
    fmt::print("echo on {}\n", to_string(at));
  pid server = spawn_link(serve_on, std::move(door));
  if (port != 0)
    co_await sleep(infinity);
  auto [asking, done] = spawn_monitor(client, at);
  co_await receive<down>(done);
  unlink(server);
}

int main(int argc, char** argv) { return run(program, argc > 1 ? std::atoi(argv[1]) : 0); }
