// State lives in the locals of a loop: nobody else can touch it, so nothing needs a lock.
//
// The store answers as the course's does, with bare values. Of two answers on their way nobody can say which belongs to which
// question: 10_tagged_replies mends that.
//
// Output:
// nil
// :ok
// 42
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <map>
#include <optional>
#include <string>

using namespace brood;

struct put {
  std::string key;
  int value;
  pid from;
};
struct get {
  std::string key;
  pid from;
};
struct ok {};
std::string describe(const ok&) { return ":ok"; }

process kv() {
  std::map<std::string, int> map;
  while (true)
    co_await receive(
        [&](put m) {
          map[m.key] = m.value;
          send(m.from, ok{});
        },
        [&](get m) {
          auto at = map.find(m.key);
          send(m.from, at == map.end() ? std::nullopt : std::optional(at->second));
        });
}

process client() {
  pid store = spawn_link(kv);
  send(store, get{"a", self()});
  send(store, put{"a", 42, self()});
  send(store, get{"a", self()});
  for (int answers = 0; answers < 3; ++answers) {
    auto answer = co_await receive<any_message>();  // the oldest, whatever it is
    fmt::print("{}\n", answer.text());
  }
}

int main() { return run(client); }
