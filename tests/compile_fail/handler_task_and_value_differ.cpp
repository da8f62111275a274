// error: of one receive return the same type
#include <brood/brood.hpp>

using namespace brood;

#ifdef MISUSE
process wait() {
  co_await receive([](int) -> task<int> { co_return 1; }, [](long) -> task<> { co_return; });
}
#else
process wait() {
  co_await receive([](int) -> task<int> { co_return 1; }, [](long) { return 2; });
}
#endif
