// error: has no handler in serve_as
#include <brood/brood.hpp>

using namespace brood;
struct put {
  int key;
};
struct wipe {};
using store = protocol<put, wipe>;

#ifdef MISUSE
process server() {
  co_await serve_as<store>([](put) {});
}
#else
process server() {
  co_await serve_as<store>([](put) {}, [](wipe) {});
}
#endif
