// error: a guard is a predicate over its handler's message
#include <brood/brood.hpp>

#include <string>

using namespace brood;

#ifdef MISUSE
process wait() {
  co_await receive(when([](std::string s) { return s.empty(); }, [](int) {}));
}
#else
process wait() {
  co_await receive(when([](int n) { return n > 3; }, [](int) {}));
}
#endif
