// error: can await only what suspends through Brood
#include <brood/brood.hpp>

#include <coroutine>

using namespace brood;

#ifdef MISUSE
process wait() { co_await std::suspend_always{}; }
#else
process wait() { co_await yield(); }
#endif
