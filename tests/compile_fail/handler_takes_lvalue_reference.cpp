// error: a handler takes its message by value, by const& or by &&
#include <brood/brood.hpp>

#include <string>

using namespace brood;

#ifdef MISUSE
process wait() {
  co_await receive([](int&) {});
}
#else
process wait() {
  co_await receive([](int) {}, [](const long&) {}, [](std::string&&) {});
}
#endif
