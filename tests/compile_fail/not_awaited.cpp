// error: co_await it
// cases: 31
#include <brood/brood.hpp>

#include <vector>
using namespace brood;
using namespace std::chrono_literals;

struct ask {
  using reply = int;
};
process child_body() { co_await receive<int>(); }

#if MISUSE == 1
process misuse() {
  receive<int>();
  co_return;
}
#elif MISUSE == 2
process misuse() {
  receive<int>(within(1s));
  co_return;
}
#elif MISUSE == 3
process misuse() {
  receive([](int) {});
  co_return;
}
#elif MISUSE == 4
process misuse() {
  receive([](int) {}, after(1s));
  co_return;
}
#elif MISUSE == 5
process misuse() {
  receive([](int) -> task<> { co_return; });
  co_return;
}
#elif MISUSE == 6
process misuse() {
  receive<down>(monitor(self()));
  co_return;
}
#elif MISUSE == 7
process misuse() {
  sleep(1s);
  co_return;
}
#elif MISUSE == 8
process misuse() {
  yield();
  co_return;
}
#elif MISUSE == 9
process misuse() {
  blocking([] {});
  co_return;
}
#elif MISUSE == 10
process misuse() {
  call(self(), ask{});
  co_return;
}
#elif MISUSE == 11
process misuse() {
  try_call("server", ask{});
  co_return;
}
#elif MISUSE == 12
process misuse() {
  send_wait(self(), 1);
  co_return;
}
#elif MISUSE == 13
process misuse() {
  is_alive(self());
  co_return;
}
#elif MISUSE == 14
process misuse() {
  inspect(self());
  co_return;
}
#elif MISUSE == 15
process misuse() {
  flush();
  co_return;
}
#elif MISUSE == 16
process misuse() {
  start_link(child_body);
  co_return;
}
#elif MISUSE == 17
process misuse() {
  start(child_body);
  co_return;
}
#elif MISUSE == 18
process misuse() {
  start_monitor(child_body);
  co_return;
}
#elif MISUSE == 19
process misuse() {
  supervise(one_for_one, child("a", child_body));
  co_return;
}
#elif MISUSE == 20
process misuse() {
  serve([](int) {});
  co_return;
}
#elif MISUSE == 21
process misuse() {
  stop_server(self());
  co_return;
}
#elif MISUSE == 22
process misuse() {
  parallel_map(std::vector<int>{1}, [](int n) { return n; });
  co_return;
}
#elif MISUSE == 23
process misuse() {
  parallel_each(std::vector<int>{1}, [](int n) { return n; }, [](int) {});
  co_return;
}
#elif MISUSE == 24
process misuse() {
  auto a = agent<int>(self());
  a.get([](int n) { return n; });
  co_return;
}
#elif MISUSE == 25
process misuse() {
  agent<int>::start_link(1);
  co_return;
}
#elif MISUSE == 26
process misuse() {
  auto t = spawn_task([] { return 1; });
  t.await(1s);
  co_return;
}
#elif MISUSE == 27
process misuse() {
  auto t = spawn_task([] { return 1; });
  t.operator co_await();
  co_return;
}
#elif MISUSE == 28
process misuse() {
  work_pool(self()).run([] { return 1; });
  co_return;
}
#elif MISUSE == 29
process misuse() {
  send_request(self(), ask{});
  co_return;
}
#elif MISUSE == 30
process misuse() {
  suspend_process(self());
  co_return;
}
#elif MISUSE == 31
process misuse() {
  start_child(self(), child("a", child_body));
  co_return;
}
#else
process misuse() { co_await receive<int>(); }
#endif
