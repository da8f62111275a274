// error: blocking(f, args...) needs an f that can be called with these arguments
// cases: 3
#include <brood/brood.hpp>

using namespace brood;
using namespace std::chrono_literals;

int f(int n) { return n; }
int g(int& n) { return n; }

#if MISUSE == 1
process misuse() { (void)co_await blocking(f); }
#elif MISUSE == 2
process misuse() { (void)co_await blocking(f, "text"); }
#elif MISUSE == 3
process misuse() { (void)co_await blocking(g, 1); }
#else
process misuse() { (void)co_await blocking(f, 1); }
#endif
