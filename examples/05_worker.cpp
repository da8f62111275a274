// A process that serves: it loops, and each turn takes one message and answers whoever the message says. A message's type is its tag.
// Input it did not expect ends it; it is not the worker's business to survive that (see 07_links, 08_monitors).
//
// Output:
// 16
// alive: true
// 256
// ended: ** (std::bad_variant_access) std::get: wrong index for variant
// alive: false
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <string>
#include <variant>

using namespace brood;

struct compute {
  std::variant<int, std::string> x;  // a careless message: with `int x` the bad input below would not compile
  pid from;
};
struct result {
  int square;
};

process worker() {
  while (true) {
    auto [input, from] = co_await receive<compute>();
    int x = std::get<int>(input);
    send(from, result{x * x});
  }
}

process client() {
  auto [w, watch] = spawn_monitor(worker);
  send(w, compute{4, self()});
  fmt::print("{}\n", (co_await receive<result>()).square);
  fmt::print("alive: {}\n", co_await is_alive(w));
  send(w, compute{16, self()});
  fmt::print("{}\n", (co_await receive<result>()).square);

  send(w, compute{"square this", self()});
  fmt::print("ended: {}\n", (co_await receive<down>(watch)).why);
  fmt::print("alive: {}\n", co_await is_alive(w));
}

int main() { return run(client); }
