// error: ambiguous
#include <brood/brood.hpp>

#include <chrono>
#include <unistd.h>

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
