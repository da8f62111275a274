// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <functional>

using namespace brood;

process count(int n) {
  co_await receive([&](int by) { n += by; });
}

#ifdef MISUSE
pid start(int& n) { return spawn(count, std::ref(n)); }
#else
pid start(int& n) { return spawn(count, n); }
#endif
