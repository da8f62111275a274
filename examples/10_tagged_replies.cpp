// A unique reference goes out with each question and comes back with its answer, so answers may arrive in any order, from
// anybody, and each finds its question. (`call` does all of this for you: 31_kv_server.)
//
// Output:
// b is 7
// a is 42
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <map>
#include <string>

using namespace brood;

struct get {
  std::string key;
  pid from;
  ref tag;
};
struct found {
  ref tag;
  int value;
};

process kv(std::map<std::string, int> map) {
  while (true) {
    auto [key, from, tag] = co_await receive<get>();
    send(from, found{tag, map.at(key)});
  }
}

ref ask(pid store, std::string key) {
  ref tag = make_ref();
  send(store, get{std::move(key), self(), tag});
  return tag;
}

task<int> answer_to(ref tag) {
  found answer = co_await receive<&found::tag>(tag);  // the one that holds this reference
  co_return answer.value;
}

process client() {
  pid store = spawn_link(kv, std::map<std::string, int>{{"a", 42}, {"b", 7}});
  ref a = ask(store, "a");
  ref b = ask(store, "b");
  fmt::print("b is {}\n", co_await answer_to(b));  // the answer to a waits in the mailbox meanwhile
  fmt::print("a is {}\n", co_await answer_to(a));
}

int main() { return run(client); }
