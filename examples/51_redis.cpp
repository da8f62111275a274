// A server that speaks Redis's protocol: PING, SET, GET. With a port it serves until a signal ends it, and redis-cli, redis-benchmark and
// client libraries talk to it; without, it asks itself.
//
// Output:
// +PONG
// +OK
// $5 world
// $-1
// -ERR unknown command
#include <brood/brood.hpp>
#include <brood/net.hpp>

#include <fmt/core.h>

#include <cstdlib>
#include <map>

using namespace brood;
using namespace std::chrono_literals;

struct store_value {
  io::bytes key, value;
};
struct find_value {
  using reply = std::optional<io::bytes>;
  io::bytes key;
};

process store() {
  std::map<io::bytes, io::bytes> values;
  co_await serve([&](store_value m) { values.insert_or_assign(std::move(m.key), std::move(m.value)); },
                 [&](const find_value& m) -> std::optional<io::bytes> {
                   auto at = values.find(m.key);
                   return at == values.end() ? std::nullopt : std::optional(at->second);
                 });
}

std::string upper(const io::bytes& word) {
  std::string text = word.str();
  for (char& c : text)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

task<std::string> answer(std::vector<io::bytes> words) {
  const std::string command = upper(words[0]);
  if (command == "PING")
    co_return "+PONG\r\n";
  if (command == "SET" && words.size() == 3) {
    cast("store", store_value{words[1], words[2]});
    co_return "+OK\r\n";
  }
  if (command == "GET" && words.size() == 2) {
    auto found = co_await call("store", find_value{words[1]});
    co_return found ? fmt::format("${}\r\n{}\r\n", found->size(), found->view()) : "$-1\r\n";
  }
  co_return "-ERR unknown command\r\n";
}

process redis(net::connection c) {
  c.frame(net::resp{});
  while (auto frame = co_await c.read_next(60s))
    co_await c.write(co_await answer(net::resp_words(*frame)));
}

process client() {
  net::connection c = *co_await net::connect(*co_await net::server_address("redis"));
  c.frame(net::lines{});
  co_await c.write("PING\r\n*3\r\n$3\r\nSET\r\n$5\r\nhello\r\n$5\r\nworld\r\nGET hello\r\nGET nothing\r\nFLY\r\n");
  for (int i = 0; i < 5; ++i) {
    std::string line = (*co_await c.read(5s)).str();
    fmt::print("{}\n", line == "$5" ? line + ' ' + (*co_await c.read(5s)).str() : line);
  }
}

process program(int port) {
  auto at = net::address::loopback(static_cast<std::uint16_t>(port));
  pid top = spawn_link(
      [](net::address where) -> process {
        co_await supervise(rest_for_one, child("store", store).named("store"), net::server({.at = where, .name = "redis"}, redis));
      },
      at);
  while (!whereis("redis"))
    co_await sleep(1ms);
  if (port != 0)
    co_await sleep(infinity);
  auto [asking, done] = spawn_monitor(client);
  co_await receive<down>(done);
  unlink(top);
  exit(top, reason::shutdown);
}

int main(int argc, char** argv) { return run(program, argc > 1 ? std::atoi(argv[1]) : 0); }
