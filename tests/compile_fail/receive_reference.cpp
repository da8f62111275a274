// error: name its type without const and without &
// cases: 6
#include <brood/brood.hpp>

using namespace brood;
using namespace std::chrono_literals;

#if MISUSE == 1
process misuse() {
  int& n = co_await receive<int&>();
  (void)n;
}
#elif MISUSE == 2
process misuse() { co_await receive<const int>(); }
#elif MISUSE == 3
process misuse() { co_await receive<int&&>(); }
#elif MISUSE == 4
process misuse() { co_await receive<const int&>(within(1s)); }
#elif MISUSE == 5
process misuse() { co_await receive<int, const long>(); }
#elif MISUSE == 6
process misuse() {
  co_await receive<const int>([](int) { return true; });
}
#else
process misuse() {
  int n = co_await receive<int>();
  (void)n;
}
#endif
