// What tests/gdb looks at from outside: one process in each of the ways in which a process can be, and on standard output what the
// library says of each itself. It then waits until it is killed.
#include <brood/brood.hpp>

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace {

struct note {
  int number;
  std::string text;
};
struct order {
  int n;
};
struct cancel {};
struct answer_to_all {};
struct go {
  pid next;
};
struct ask {
  using reply = int;
  int question;
};
struct bad_config {
  int line;
  bool operator==(const bad_config&) const = default;
};

// Waits in a receive with types and a limit; has unread messages of others.
process reader() {
  co_await receive([](order) {}, [](cancel) {}, after(2h, [] {}));
}

// A chain of tasks.
task<int> innermost(int depth) {
  const order o = co_await receive<order>();
  co_return o.n + depth;
}
task<int> middle(int depth) {
  const int n = co_await innermost(depth + 1);
  co_return n;
}
process chain() {
  const int n = co_await middle(1);
  static_cast<void>(n);
}

// Calls a server that does not answer, and says how long it would wait.
process silent() { co_await receive<answer_to_all>(); }
process caller(pid whom) { co_await call(whom, ask{7}, 2h); }

// Three that call one another.
process one_of_three() {
  const go next = co_await receive<go>();
  co_await call(next.next, ask{1}, infinity);
}

process server() {
  co_await serve([](ask a) { return a.question; });
}

process sleeper() { co_await sleep(2h); }
process crowd() { co_await receive<cancel>(); }

// Blocks its scheduler.
std::atomic<bool> blocks{false};
void blocker() {
  blocks = true;
  for (;;)
    usleep(100'000);
}

// Has a value of each kind that gdb prints.
template <class... T>
void keep(const T&...) {}

process values(pid other) {
  send(self(), note{99, "kept"});
  any_message message = co_await receive<any_message>();
  auto [failing, watch] = spawn_monitor([] { throw std::runtime_error("oops"); });
  const down died = co_await receive<down>(watch);
  const pid nobody_at_all;
  const ref reference = make_ref();
  const exit_reason atom = reason::shutdown, number(42), failed = died.why, own(bad_config{3}), orderly = reason::shutdown_with(7);
  const destination by_name("store"), by_pid(other);
  const time_limit five = 5s, ever = infinity;
  co_await receive<cancel>();
  keep(message, nobody_at_all, reference, atom, number, failed, own, orderly, by_name, by_pid, five, ever, failing, other);
}

std::string state_of(const process_info& info) {
  static const char* const names[] = {"waiting", "runnable", "running", "exiting", "suspended"};
  return names[static_cast<int>(info.status)];
}

void tell(const std::string& name, pid who, const process_info& info) {
  std::cout << "process|" << name << '|' << who << '|' << state_of(info) << '|' << info.mailbox_length << '\n';
  for (const waiting_at& at : info.stack)
    std::cout << "await|" << name << '|' << at.file << ':' << at.line << '|' << at.function << '\n';
  if (info.waits && !info.answers_from)
    for (const std::string& type : info.waits->types)
      std::cout << "type|" << name << '|' << type << '\n';
  if (info.answers_from)
    std::cout << "answer|" << name << '|' << info.answers_from << '|' << info.asks << '\n';
}

process keeper(int crowd_size) {
  std::vector<std::pair<std::string, pid>> all;
  const auto start = [&](const std::string& name, auto f, auto... args) {
    all.emplace_back(name, spawn({.name = name}, f, args...).process);
    return all.back().second;
  };
  const pid reads = start("reader", reader);
  send(reads, note{1, "first"});
  send(reads, note{2, "second"});
  send(reads, bad_config{5});
  start("chain", chain);
  const pid mute = start("silent", silent);
  start("caller", caller, mute);
  const pid ring[] = {start("left", one_of_three), start("right", one_of_three), start("third", one_of_three)};
  for (int i = 0; i < 3; ++i)
    send(ring[i], go{ring[(i + 1) % 3]});
  start("store", server);
  start("sleeper", sleeper);
  const pid stopped = start("stopped", crowd);
  all.emplace_back("a label", spawn({.label = "a label"}, crowd).process);
  start("values", values, mute);
  for (int i = 0; i < crowd_size; ++i)
    spawn(crowd);
  spawn({.name = "blocker"}, blocker);
  while (!blocks)
    co_await sleep(1ms);
  co_await suspend_process(stopped);

  co_await sleep(100ms);
  for (const auto& [name, who] : all)
    tell(name, who, *co_await inspect(who, {.stack = true}));
  std::cout << "alive|" << processes().size() << '\n';
  std::cout << "ready" << std::endl;
  co_await sleep(infinity);
}

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);  // where only a parent may trace: so may gdb
  alarm(600);  // the test was killed, and can't kill this
  return run({.schedulers = 2, .stack_size = 256 << 10}, keeper, argc > 1 ? std::atoi(argv[1]) : 500);
}
