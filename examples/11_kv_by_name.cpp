// A name saves handing a pid around: `send` takes it in a pid's place. One process a name, one name a process; it is free again
// when its process ends. What can go wrong says so.
//
// Output:
// 42
// brood: bad name "kv": it is taken: unregister_name(name) first, or use another
// brood: bad name "vk": nobody has this name: register_name(name, pid) first, or the process it named is dead
// free again: true
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <map>
#include <string>

using namespace brood;

struct put {
  std::string key;
  int value;
};
struct get {
  std::string key;
  pid from;
};

process kv() {
  std::map<std::string, int> map;
  while (true)
    co_await receive([&](put m) { map[m.key] = m.value; },  //
                     [&](get m) { send(m.from, map[m.key]); });
}

process client() {
  pid store = spawn(kv);
  register_name("kv", store);
  send("kv", put{"a", 42});
  send("kv", get{"a", self()});
  fmt::print("{}\n", co_await receive<int>());

  try {
    register_name("kv", self());
  } catch (const bad_name& e) {
    fmt::print("{}\n", e.what());
  }
  try {
    send("vk", put{"a", 1});
  } catch (const bad_name& e) {
    fmt::print("{}\n", e.what());
  }

  exit(store, reason::kill);
  co_await receive<down>(monitor(store));
  fmt::print("free again: {}\n", !whereis("kv"));
}

int main() { return run(client); }
