// `call` sends a request and waits for its reply. What the reply is, is part of the request's type: a server that answers with
// something else, as the course's monitor does with :relpy, does not compile. No pid and no tag is handed around, a late answer never
// reaches the mailbox, and a server that dies, or says nothing, ends the wait.
//
// Output:
// a is 42
// b is unknown
// from a process that says nothing: :timeout
// from one that is dead: :noproc
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
  using reply = void;  // only that it was done
};
struct get {
  std::string key;
  using reply = std::optional<int>;
};

process kv() {
  std::map<std::string, int> map;
  while (true)
    co_await receive(
        [&](request<put> r) {
          map[r->key] = r->value;
          r.reply();
        },
        [&](request<get> r) {
          auto at = map.find(r->key);
          r.reply(at == map.end() ? std::nullopt : std::optional(at->second));
        });
}

process client() {
  pid store = spawn_link(kv);
  co_await call(store, put{"a", 42});
  fmt::print("a is {}\n", *co_await call(store, get{"a"}));
  auto b = co_await call(store, get{"b"});
  fmt::print("b is {}\n", b ? "known" : "unknown");

  // `call` ends its caller when there is no reply; `try_call` says why there is none.
  pid silent = spawn([]() -> process { co_await sleep(infinity); });
  fmt::print("from a process that says nothing: {}\n", (co_await try_call(silent, get{"a"}, 20ms)).why());
  exit(silent, reason::kill);
  co_await receive<down>(monitor(silent));
  fmt::print("from one that is dead: {}\n", (co_await try_call(silent, get{"a"})).why());
}

int main() { return run(client); }
