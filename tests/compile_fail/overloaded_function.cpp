// error: which function? Of an overloaded one, or a template, say which
// g++: which_of_the_overloaded_functions_is_meant
// cases: 20
#include <brood/brood.hpp>

#include <string>
#include <vector>
using namespace brood;
using namespace std::chrono_literals;

void g(int) {}
void g(const std::string&) {}
template <class T>
void generic(T) {}
using words = protocol<int>;

#if MISUSE == 1
void misuse() {
  const pid p = spawn(g, 1);
  send(p, 1);
}
#elif MISUSE == 2
void misuse() { spawn_link(g, 1); }
#elif MISUSE == 3
void misuse() { spawn_monitor(g, 1); }
#elif MISUSE == 4
void misuse() { spawn(spawn_options{}, g, 1); }
#elif MISUSE == 5
void misuse() { spawn(generic, 1); }
#elif MISUSE == 6
void misuse() { spawn_as<words>(g, 1); }
#elif MISUSE == 7
void misuse(runtime& rt) { rt.spawn(g, 1); }
#elif MISUSE == 8
int misuse() { return run(g, 1); }
#elif MISUSE == 9
void misuse() { simulate(g, 1); }
#elif MISUSE == 10
process misuse() { (void)co_await start_link(g, 1); }
#elif MISUSE == 11
process misuse() { (void)co_await start(g, 1); }
#elif MISUSE == 12
process misuse() { co_await blocking(g, 1); }
#elif MISUSE == 13
process misuse() {
  auto t = spawn_task(g, 1);
  co_await t;
}
#elif MISUSE == 14
process misuse() { co_await receive(g); }
#elif MISUSE == 15
process misuse() {
  co_await receive([](long) {}, g);
}
#elif MISUSE == 16
process misuse() { co_await serve(g); }
#elif MISUSE == 17
void misuse() { apply_after(1s, g, 1); }
#elif MISUSE == 18
process misuse() { co_await parallel_map(std::vector<int>{1}, g); }
#elif MISUSE == 19
process misuse() { (void)co_await work_pool(self()).run(g, 1); }
#elif MISUSE == 20
process misuse() {
  agent<int>(self()).cast(g);
  co_return;
}
#else
void use() {
  spawn([](int n) { g(n); }, 1);
}
#endif
