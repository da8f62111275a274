// error: does not return the reply of its request
#include <brood/brood.hpp>

using namespace brood;
struct get {
  int key;
  using reply = int;
};

#ifdef MISUSE
process server() {
  co_await serve([](get) {});
}
#else
process server() {
  co_await serve([](request<get>) {});
}
#endif
