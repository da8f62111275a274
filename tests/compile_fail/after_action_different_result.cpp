// error: of one receive return the same type
#include <brood/brood.hpp>

#include <chrono>

using namespace brood;

using namespace std::chrono_literals;

#ifdef MISUSE
process wait() {
  co_await receive([](int n) { return n; }, after(3s, [] { return "none"; }));
}
#else
process wait() {
  co_await receive([](int n) { return n; }, after(3s, [] { return 0; }));
}
#endif
