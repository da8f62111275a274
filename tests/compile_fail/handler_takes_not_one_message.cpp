// error: a handler takes one message: [](T m)
// cases: 9
#include <brood/brood.hpp>

using namespace brood;
using namespace std::chrono_literals;

void two(int, int) {}
struct none {
  void operator()() const {}
};

#if MISUSE == 1
process misuse() {
  co_await receive([](int, int) {});
}
#elif MISUSE == 2
process misuse() {
  co_await receive([] {});
}
#elif MISUSE == 3
process misuse() { co_await receive(two); }
#elif MISUSE == 4
process misuse() { co_await receive(none{}); }
#elif MISUSE == 5
process misuse() {
  co_await receive([](int) {}, [](int, long) {});
}
#elif MISUSE == 6
process misuse() {
  co_await receive(when([](int) { return true; }, [] {}));
}
#elif MISUSE == 7
process misuse() {
  co_await serve([] {});
}
#elif MISUSE == 8
process misuse() {
  co_await serve([](int, int) {}, after(1s, [] { return stop_serving; }));
}
#elif MISUSE == 9
process misuse() { co_await receive(42); }
#else
process misuse() {
  co_await receive([](int) {});
}
#endif
