// The store of 09_kv to 11_kv_by_name on the library's servers: what goes before `serve` is its start, its state is local, and each
// handler answers with what it returns. `call` sends a request and waits for exactly its reply, whose type is part of the request: an
// answer of another, such as the course's :relpy, does not compile. No pid and no tag is handed around, and a late answer never
// reaches the mailbox.
//
// Output:
// a is 42
// b is unknown
// a second store: {:already_started, #PID<0.2.0>}
// from a process that says nothing: :timeout
// after the store has stopped: :noproc
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <map>
#include <optional>
#include <string>

using namespace brood;
using namespace std::chrono_literals;

struct put {
  std::string key;
  int value;
};
struct get {
  std::string key;
  using reply = std::optional<int>;
};

process kv() {
  std::map<std::string, int> map;
  co_await serve([&](put m) { map[m.key] = m.value; },
                 [&](const get& m) -> get::reply {
                   auto at = map.find(m.key);
                   return at == map.end() ? std::nullopt : std::optional(at->second);
                 });
}

process client() {
  pid store = *co_await start_link({.name = "kv"}, kv);
  send(store, put{"a", 42});
  fmt::print("a is {}\n", *co_await call(store, get{"a"}));
  auto b = co_await call("kv", get{"b"});
  fmt::print("b is {}\n", b ? "known" : "unknown");
  fmt::print("a second store: {}\n", (co_await start_link({.name = "kv"}, kv)).why());

  // Without a reply `call` ends its caller; `try_call` says why there is none.
  pid silent = spawn([]() -> process { co_await sleep(infinity); });
  fmt::print("from a process that says nothing: {}\n", (co_await try_call(silent, get{"a"}, 20ms)).why());
  (void)co_await stop_server("kv");
  fmt::print("after the store has stopped: {}\n", (co_await try_call(store, get{"a"})).why());
}

int main() { return run(client); }
