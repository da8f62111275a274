// error: ambiguous
#include <brood/brood.hpp>

#include <unistd.h>
#include <chrono>

using namespace brood;

using namespace std::chrono_literals;

#ifdef MISUSE
process wait() {
  sleep(3);
  co_return;
}
#else
process wait() { co_await sleep(3s); }
#endif
