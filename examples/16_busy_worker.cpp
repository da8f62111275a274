// A worker that computes for long without awaiting doesn't answer its pings meanwhile and is taken for dead; then it answers. It keeps
// its scheduler busy, but not the others' work: the monitor goes on ticking, on one scheduler, too (BROOD_SCHEDULERS=1).
//
// Output:
// fib(5) = 5
// fib(20) = 6765
// #PID<0.63.0> is alive
// #PID<0.63.0> is dead
// Process #PID<0.63.0> was dead but is now alive
// fib(40) = 102334155
#include "chapter/heart_monitor.hpp"

using namespace brood;
using namespace std::chrono_literals;

struct compute {
  int n;
  pid from;
};
struct result {
  int n;
  long fib;
};

long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

process new_worker() {
  while (true)
    co_await receive([](ping m) { send(m.from, pong{self()}); },  //
                     [](compute m) { send(m.from, result{m.n, fib(m.n)}); });
}

task<> print_result() {
  auto [n, fib] = co_await receive<result>();
  fmt::print("fib({}) = {}\n", n, fib);
}

// Until the list has one entry: the lists of the alive and of the dead change with the heartbeats.
template <class List>
task<> until_listed(pid monitor) {
  auto listed = std::vector<pid>();
  while (listed.empty()) {
    co_await sleep(1ms);
    send(monitor, List{self()});
    listed = (co_await receive<reply>()).who;
  }
}

process client() {
  pid monitor = spawn_link(heart_monitor, 40ms, say_alive);
  pid worker = spawn(new_worker);
  send(monitor, watch{worker});
  send(worker, compute{5, self()});
  co_await print_result();
  send(worker, compute{20, self()});
  co_await print_result();

  co_await until_listed<list_alive>(monitor);
  fmt::print("{} is alive\n", worker);
  send(worker, compute{40, self()});
  co_await until_listed<list_dead>(monitor);
  fmt::print("{} is dead\n", worker);
  co_await until_listed<list_alive>(monitor);
  co_await print_result();
}

int main() { return run(client); }
