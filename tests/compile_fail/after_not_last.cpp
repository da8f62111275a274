// error: after stands once, as the last argument of receive
#include <brood/brood.hpp>

#include <chrono>

using namespace brood;

using namespace std::chrono_literals;

#ifdef MISUSE
process wait() {
  co_await receive(after(3s, [] {}), [](int) {});
}
#else
process wait() {
  co_await receive([](int) {}, after(3s, [] {}));
}
#endif
