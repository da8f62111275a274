// What the tables outside the processes cost: names, groups, timers to somebody.
#include "bench.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace bench {

using namespace brood;
using namespace std::chrono_literals;

namespace {

struct done {};
struct go {};

process nothing() { co_return; }

process until_told(pid main) {
  pg::join("bench", self());
  send(main, done{});
  co_await receive<go>();
}

// Births and deaths, while a timer aims at somebody else and somebody else is in a group.
process death_beside(numbers a) {
  const pid other = spawn(until_told, self());
  co_await receive<done>();
  const timer_ref timer = send_after(1h, other, go{});
  stopwatch time;
  for (std::int64_t i = 0; i < a[0]; ++i) {
    spawn(nothing);
    if (i % 64 == 0)
      co_await yield();
  }
  report("death_beside", a[0], time);
  check(cancel_timer(timer).has_value() && pg::members("bench").size() == 1, "the timer and the member are still there");
}

// All members of a group die.
process group_death(numbers a) {
  std::vector<monitor_ref> ends;
  std::vector<pid> all;
  for (std::int64_t i = 0; i < a[0]; ++i) {
    const auto [who, end] = spawn_monitor(until_told, self());
    all.push_back(who);
    ends.push_back(end);
  }
  for (std::int64_t i = 0; i < a[0]; ++i)
    co_await receive<done>();
  stopwatch time;
  for (const pid who : all)
    send(who, go{});
  for (std::int64_t i = 0; i < a[0]; ++i)
    co_await receive<down>();
  check(pg::members("bench").empty(), "the dead are in no group");
  report("group_death", a[0], time);
}

process look_up(std::shared_ptr<const std::atomic<bool>> ended) {
  for (; !ended->load(std::memory_order_relaxed); co_await yield())
    for (int i = 0; i < 200; ++i)
      check(whereis("looked up").has_value(), "the name is there");
}

// How long register_name takes while others look names up all the time.
process register_latency(numbers a) {
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  register_name("looked up", self());
  const pid other = spawn([]() -> process { co_await receive<go>(); });
  for (std::int64_t i = 0; i < a[0]; ++i)
    spawn(look_up, ended);
  co_await sleep(10ms);
  std::vector<double> microseconds;
  for (std::int64_t i = 0; i < a[1]; ++i) {
    stopwatch time;
    register_name("registered", other);
    microseconds.push_back(time.seconds() * 1e6);
    unregister_name("registered");
    co_await sleep(1ms);
  }
  ended->store(true);
  std::sort(microseconds.begin(), microseconds.end());
  const std::size_t n = microseconds.size();
  char fields[96];
  std::snprintf(fields, sizeof fields, "\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f", microseconds[n / 2],
                microseconds[n * 99 / 100], microseconds[n - 1]);
  report("register_latency", a[1], std::string(fields));
}

}  // namespace

std::vector<workload> tables() {
  return {
      {"death_beside", "N", death_beside}, {"group_death", "N", group_death}, {"register_latency", "READERS MS", register_latency}};
}

}  // namespace bench
