// error: within goes with receive<T>
// cases: 3
#include <brood/brood.hpp>

using namespace brood;
using namespace std::chrono_literals;

#if MISUSE == 1
process misuse() {
  co_await receive([](int) {}, within(1s));
}
#elif MISUSE == 2
process misuse() { co_await receive(within(1s)); }
#elif MISUSE == 3
process misuse() {
  co_await serve([](int) {}, within(1s));
}
#else
process misuse() {
  co_await receive([](int) {}, after(1s));
}
#endif
