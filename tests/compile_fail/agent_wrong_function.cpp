// error: a function for an agent takes its value
// cases: 3
#include <brood/brood.hpp>

#include <string>
using namespace brood;
using namespace std::chrono_literals;

#if MISUSE == 1
process misuse() {
  (void)co_await agent<int>(self()).get([](int& n) { return n; });
}
#elif MISUSE == 2
process misuse() {
  co_await agent<int>(self()).update([] {});
}
#elif MISUSE == 3
process misuse() {
  agent<int>(self()).cast([](const std::string&) {});
  co_return;
}
#else
process misuse() {
  co_await agent<int>(self()).update([](int& n) { ++n; });
}
#endif
