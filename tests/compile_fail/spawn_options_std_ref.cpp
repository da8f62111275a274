// error: a reference into another process is not safe
#include <brood/brood.hpp>

#include <functional>

using namespace brood;

process count(int n) {
  co_await receive([&](int by) { n += by; });
}

#ifdef MISUSE
spawned start(int& n) { return spawn(spawn_options{.monitor = true}, count, std::ref(n)); }
#else
spawned start(int& n) { return spawn(spawn_options{.monitor = true}, count, n); }
#endif
