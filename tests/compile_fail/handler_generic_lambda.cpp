// error: a generic lambda (auto) names none
#include <brood/brood.hpp>

using namespace brood;

#ifdef MISUSE
process wait() {
  co_await receive([](auto) {});
}
#else
process wait() {
  co_await receive([](any_message) {});
}
#endif
