// error: returns a value, not a reference into another thread's
#include <brood/brood.hpp>

using namespace brood;

int counter = 0;

#ifdef MISUSE
process work() {
  co_await blocking([]() -> int& { return counter; });
}
#else
process work() {
  co_await blocking([]() -> int { return counter; });
}
#endif
