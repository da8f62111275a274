// error: nobody waits for what this handler returns
#include <brood/brood.hpp>

using namespace brood;
struct put {
  int key;
};

#ifdef MISUSE
process server() {
  co_await serve([](put m) { return m.key; });
}
#else
process server() {
  int n = 0;
  co_await serve([&](put m) { n = m.key; });
}
#endif
