// A worker that computes for long without awaiting doesn't answer its pings meanwhile and is taken for dead; then it answers. It keeps
// its scheduler busy, but not the others' work: the monitor goes on ticking, on one scheduler, too (BROOD_SCHEDULERS=1).
//
// Output:
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
  time_limit at_least;
  pid from;
};

long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
// Again and again for so long: on a fast machine, too, the worker shall be missed.
long fib(int n, time_limit at_least) {
  for (auto began = now(); now() - began < at_least;)
    fib(n);
  return fib(n);
}

process new_worker() {
  while (true)
    co_await receive([](ping m) { send(m.from, pong{self()}); },  //
                     [](compute m) { send(m.from, fib(m.n, m.at_least)); });
}

// Until somebody is in the list: those of the alive and of the dead change with the heartbeats.
template <class List>
task<> until_listed(pid monitor) {
  for (reply listed; listed.who.empty(); listed = co_await receive<reply>()) {
    co_await sleep(1ms);
    send(monitor, List{self()});
  }
}

process client() {
  pid monitor = spawn_link(heart_monitor, 40ms, say_alive);
  pid worker = spawn(new_worker);
  send(monitor, watch{worker});
  send(worker, compute{20, 0s, self()});
  fmt::print("fib(20) = {}\n", co_await receive<long>());
  co_await until_listed<list_alive>(monitor);
  fmt::print("{} is alive\n", worker);
  send(worker, compute{40, 400ms, self()});
  co_await until_listed<list_dead>(monitor);
  fmt::print("{} is dead\n", worker);
  co_await until_listed<list_alive>(monitor);
  fmt::print("fib(40) = {}\n", co_await receive<long>());
}

int main() { return run(client); }
