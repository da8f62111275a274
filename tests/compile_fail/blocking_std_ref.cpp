// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <functional>

using namespace brood;

#ifdef MISUSE
process work() {
  int n = 3;
  co_await blocking([](int m) { return m; }, std::ref(n));
}
#else
process work() {
  int n = 3;
  co_await blocking([](int m) { return m; }, n);
}
#endif
