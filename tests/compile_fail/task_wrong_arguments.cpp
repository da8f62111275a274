// error: need an f that can be called with these arguments
// cases: 5
#include <brood/brood.hpp>

using namespace brood;
using namespace std::chrono_literals;

int f(int n) { return n; }
int g(int& n) { return n; }

#if MISUSE == 1
process misuse() {
  auto t = spawn_task(f, "text");
  (void)co_await t;
}
#elif MISUSE == 2
process misuse() {
  auto t = spawn_task_unlinked(f);
  (void)co_await t;
}
#elif MISUSE == 3
process misuse() {
  auto t = spawn_task(g, 1);
  (void)co_await t;
}
#elif MISUSE == 4
process misuse() { (void)co_await work_pool(self()).run(f); }
#elif MISUSE == 5
process misuse() { (void)co_await work_pool(self()).submit(g, 1); }
#else
process misuse() {
  auto t = spawn_task(f, 1);
  (void)co_await t;
}
#endif
