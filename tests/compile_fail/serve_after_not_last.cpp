// error: after stands once, as the last argument of serve
#include <brood/brood.hpp>

#include <chrono>

using namespace brood;
using namespace std::chrono_literals;

#ifdef MISUSE
process server() {
  co_await serve(after(1s, [] { return stop_serving; }), [](int) {});
}
#else
process server() {
  co_await serve([](int) {}, after(1s, [] { return stop_serving; }));
}
#endif
