// error: into another process
// cases: 8
#include <brood/brood.hpp>

#include <string>
#include <string_view>
using namespace brood;
using namespace std::chrono_literals;

struct ask {
  using reply = std::string_view;
};
struct find {
  using reply = const int*;
};

#if MISUSE == 1
process misuse() { co_await call(self(), ask{}); }
#elif MISUSE == 2
process misuse() { (void)co_await try_call(self(), find{}); }
#elif MISUSE == 3
process misuse() {
  (void)send_request(self(), find{});
  co_return;
}
#elif MISUSE == 4
process misuse() {
  auto t = spawn_task([]() -> std::string_view { return "a"; });
  co_await t;
}
#elif MISUSE == 5
process misuse() {
  auto t = spawn_task([]() -> int* { return nullptr; });
  co_await t;
}
#elif MISUSE == 6
process misuse() {
  (void)co_await agent<int>(self()).get([](const int& n) { return &n; });
}
#elif MISUSE == 7
process misuse() {
  (void)co_await agent<std::string>(self()).get([](const std::string& s) { return std::string_view(s); });
}
#elif MISUSE == 8
process misuse() {
  (void)co_await work_pool(self()).run([]() -> std::string_view { return "a"; });
}
#else
process misuse() {
  auto t = spawn_task([]() -> std::string { return "a"; });
  (void)co_await t;
}
#endif
