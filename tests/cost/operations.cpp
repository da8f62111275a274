// brood-cost NAME N: one hot operation N times, for tests/cost/compare to count its instructions. One scheduler, no clock.
#include "sched/run_ring.hpp"

#include <brood/brood.hpp>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

using namespace brood;
using namespace std::chrono_literals;

struct note {
  int number;
};
struct ping {
  pid from;
};
struct pong {};
struct add_one {
  int to;
  using reply = int;
};

process send_only(int n) {  // and what destroying an unread message costs
  for (int i = 0; i < n; ++i)
    send(self(), note{i});
  co_return;
}

process send_receive(int n) {
  for (int i = 0; i < n; ++i) {
    send(self(), note{i});
    co_await receive<note>();
  }
}

process spawn_exit(int n) {
  for (int i = 0; i < n; ++i) {
    spawn([] {});
    co_await yield();
  }
}

process wait_for_ever() { co_await receive<pong>(); }

process link_unlink(int n) {
  const pid peer = spawn(wait_for_ever);
  for (int i = 0; i < n; ++i) {
    link(peer);
    unlink(peer);
    co_await yield();  // the peer takes both in and acknowledges
  }
}

process monitor_down(int n) {
  for (int i = 0; i < n; ++i) {
    const auto [child, monitor] = spawn_monitor([] {});
    co_await receive<down>(monitor);
  }
}

process answer(bool with_limit) {
  while (true)
    if (with_limit)
      co_await receive([](ping p) { send(p.from, pong{}); }, after(1h, [] { std::abort(); }));
    else
      co_await receive([](ping p) { send(p.from, pong{}); });
}

task<> round_trips(bool with_limit, int n) {
  const pid peer = spawn(answer, with_limit);
  for (int i = 0; i < n; ++i) {
    send(peer, ping{self()});
    co_await receive<pong>();
  }
}

process round_trip(int n) { co_await round_trips(false, n); }
process after_arm(int n) { co_await round_trips(true, n); }  // a round trip whose server waits with a limit

process adder() {
  co_await serve([](const add_one& m) -> int { return m.to + 1; });
}

process call_reply(int n) {
  const pid server = spawn(adder);
  for (int i = 0; i < n; ++i)
    if (co_await call(server, add_one{i}) != i + 1)
      std::abort();
}

task<int> one_more(int n) { co_return n + 1; }

process await_task(int n) {
  for (int i = 0; i < n; ++i)
    if (co_await one_more(i) != i + 1)
      std::abort();
}

process in_a_group(pid tell) {
  pg::join("group", self());
  send(tell, note{0});
  co_await receive<pong>();
  send(tell, note{0});
}

// spawn_exit, while a timer aims at somebody else and somebody else is in a group: must cost the same.
process spawn_exit_beside(int n) {
  const pid other = spawn(in_a_group, self());
  co_await receive<note>();
  send_after(1h, other, pong{});
  for (int i = 0; i < n; ++i) {
    spawn([] {});
    co_await yield();
  }
}

// n join one group and die: a member costs the same, however many there are. One after the other, for in a crowd the count depends
// on where the turns end.
process group_death(int n) {
  for (int i = 0; i < n; ++i) {
    spawn(in_a_group, self());
    co_await receive<note>();
  }
  for (const pid who : pg::members("group")) {
    send(who, pong{});
    co_await receive<note>();
  }
}

process send_by_name(int n) {
  register_name("someone", self());
  for (int i = 0; i < n; ++i) {
    send("someone", note{i});
    co_await receive<note>();
  }
}

process name_lookup(int n) {
  register_name("someone", self());
  for (int i = 0; i < n; ++i)
    if (whereis("someone") != self())
      std::abort();
  co_return;
}

// A process a thief takes, in batches of half of what the victim has.
process steal(int n) {
  auto victim = std::make_unique<detail::run_ring<>>();
  std::array<detail::runnable, 128> entries;
  std::array<detail::runnable*, 128> taken;
  for (int stolen = 0; stolen < n;) {
    for (auto& e : entries)
      victim->push(&e);
    while (const auto count = victim->take_half(taken.data(), taken.size()))
      stolen += static_cast<int>(count);
  }
  co_return;
}

}  // namespace

int main(int argc, char** argv) {
  const std::pair<const char*, process (*)(int)> operations[] = {{"send", send_only},
                                                                 {"send_receive", send_receive},
                                                                 {"spawn_exit", spawn_exit},
                                                                 {"link_unlink", link_unlink},
                                                                 {"monitor_down", monitor_down},
                                                                 {"round_trip", round_trip},
                                                                 {"after_arm", after_arm},
                                                                 {"call", call_reply},
                                                                 {"await_task", await_task},
                                                                 {"name_lookup", name_lookup},
                                                                 {"send_by_name", send_by_name},
                                                                 {"spawn_exit_beside", spawn_exit_beside},
                                                                 {"group_death", group_death},
                                                                 {"steal", steal}};
  for (const auto& [name, body] : operations)
    if (argc == 3 && std::strcmp(argv[1], name) == 0)
      return run(run_options{.schedulers = 1, .io = io_backend::epoll}, body, std::atoi(argv[2]));
  return 2;
}
