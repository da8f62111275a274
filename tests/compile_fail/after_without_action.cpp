// error: stands only beside handlers without a value
#include <brood/brood.hpp>

#include <chrono>

using namespace brood;

using namespace std::chrono_literals;

#ifdef MISUSE
process wait() {
  co_await receive([](int n) { return n; }, after(3s));
}
#else
process wait() {
  co_await receive([](int) {}, after(3s));
}
#endif
