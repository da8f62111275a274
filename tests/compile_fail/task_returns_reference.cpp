// error: a result is a value, not a reference into another process
#include <brood/brood.hpp>

using namespace brood;

int shared = 0;

#ifdef MISUSE
void begin() {
  spawn_task([]() -> int& { return shared; }).detach();
}
#else
void begin() {
  spawn_task([]() -> int { return shared; }).detach();
}
#endif
