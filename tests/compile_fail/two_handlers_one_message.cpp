// error: the second could never run
#include <brood/brood.hpp>

using namespace brood;

#ifdef MISUSE
process wait() {
  co_await receive([](int) {}, [](int) {});
}
#else
process wait() {
  co_await receive(when([](int n) { return n > 3; }, [](int) {}), [](int) {});
}
#endif
