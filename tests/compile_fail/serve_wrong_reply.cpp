// error: does not return the reply of its request
#include <brood/brood.hpp>

#include <string>

using namespace brood;
struct get {
  int key;
  using reply = int;
};

#ifdef MISUSE
process server() {
  co_await serve([](get) -> std::string { return "one"; });
}
#else
process server() {
  co_await serve([](get m) -> get::reply { return m.key; });
}
#endif
