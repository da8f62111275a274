// error: of one receive return the same type
#include <brood/brood.hpp>

using namespace brood;

#ifdef MISUSE
process wait() {
  co_await receive([](int n) { return n; }, [](long n) { return n; });
}
#else
process wait() {
  co_await receive([](int n) -> long { return n; }, [](long n) { return n; });
}
#endif
