// error: can await only what suspends through Brood
#include <brood/brood.hpp>

#include <coroutine>

using namespace brood;

#ifdef MISUSE
task<int> wait() {
  co_await std::suspend_always{};
  co_return 1;
}
#else
task<int> wait() {
  co_await yield();
  co_return 1;
}
#endif
