// The store of 09_kv to 11_kv_by_name on the library's servers: a request names its reply, `call` waits for exactly that one, and the
// name is free again when the store is dead. Then once more as an agent, for a value that needs no protocol.
//
// Output:
// a is 42, b is nothing
// a second store: {:already_started, #PID<0.2.0>}
// after the store has stopped: :noproc
// the agent has heard 2 words only once
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

using namespace brood;

struct put {
  std::string key;
  int value;
};
struct get {
  std::string key;
  using reply = std::optional<int>;
};

process store() {
  std::map<std::string, int> map;
  co_await serve([&](put m) { map[m.key] = m.value; },
                 [&](const get& m) -> get::reply {
                   auto at = map.find(m.key);
                   return at == map.end() ? std::nullopt : get::reply(at->second);
                 });
}

process client() {
  pid kv = *co_await start_link({.name = "kv"}, store);
  cast("kv", put{"a", 42});
  auto a = co_await call("kv", get{"a"});
  auto b = co_await call(kv, get{"b"});
  fmt::print("a is {}, b is {}\n", a.value(), b ? "something" : "nothing");

  auto second = co_await start_link({.name = "kv"}, store);
  fmt::print("a second store: {}\n", second.why());
  (void)co_await stop_server("kv");
  auto gone = co_await try_call(kv, get{"a"});
  fmt::print("after the store has stopped: {}\n", gone.why());

  auto words = *co_await agent<std::map<std::string, int>>::start_link({});
  for (std::string word : {"to", "be", "or", "not", "to", "be"})
    words.cast([word](auto& count) { ++count[word]; });
  auto repeated = co_await words.get(
      [](const auto& count) { return std::ranges::count_if(count, [](const auto& entry) { return entry.second == 1; }); });
  fmt::print("the agent has heard {} words only once\n", repeated);
}

int main() { return run(client); }
