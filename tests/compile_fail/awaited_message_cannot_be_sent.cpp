// error: no such message arrives
// cases: 10
#include <brood/brood.hpp>

#include <functional>
#include <span>
using namespace brood;
using namespace std::chrono_literals;

struct fixed {
  fixed() = default;
  fixed(const fixed&) = delete;
};

#if MISUSE == 1
process misuse() {
  co_await receive([](std::span<int>) {});
}
#elif MISUSE == 2
process misuse() {
  co_await receive([](int*) {});
}
#elif MISUSE == 3
process misuse() {
  co_await receive([](std::reference_wrapper<int>) {});
}
#elif MISUSE == 4
process misuse() { co_await receive<std::span<const int>>(); }
#elif MISUSE == 5
process misuse() { co_await receive<void*>(); }
#elif MISUSE == 6
process misuse() {
  co_await receive([](const int(&)[3]) {});
}
#elif MISUSE == 7
process misuse() {
  co_await receive([](const fixed&) {});
}
#elif MISUSE == 8
process misuse() {
  co_await serve([](const int*) {});
}
#elif MISUSE == 9
process misuse() { co_await receive<timer_fired<int*>>(); }
#elif MISUSE == 10
process misuse() { co_await receive<std::reference_wrapper<int>>(within(1s)); }
#else
process misuse() {
  co_await receive([](shared_unsafely<int>) {});
}
#endif
