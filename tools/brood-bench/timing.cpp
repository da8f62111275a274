// Deadlines: armed and never reached, armed and reached, armed again with every message; and punctuality among busy processes.
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
struct never {};
struct ping {
  pid from;
};
struct pong {};

process wait_an_hour(pid main) {
  send(main, done{});
  co_await receive([&](go) { send(main, done{}); }, after(1h, [] { check(false, "an hour has not passed"); }));
}

process timers(numbers a) {
  stopwatch time;
  std::vector<pid> all;
  for (std::int64_t i = 0; i < a[0]; ++i)
    all.push_back(spawn(wait_an_hour, self()));
  for (std::int64_t i = 0; i < a[0]; ++i)
    co_await receive<done>();
  for (const pid p : all)
    send(p, go{});
  for (std::int64_t i = 0; i < a[0]; ++i)
    co_await receive<done>();
  report("timers", a[0], time);
}

process wait_a_little(pid main) {
  co_await receive([](never) { check(false, "nobody sends this"); }, after(100ms, [&] { send(main, done{}); }));
}

process after_expiry(numbers a) {
  stopwatch time;
  for (std::int64_t i = 0; i < a[0]; ++i)
    spawn(wait_a_little, self());
  for (std::int64_t i = 0; i < a[0]; ++i)
    co_await receive<done>();
  check(time.seconds() >= 0.1, "no deadline was early");
  report("after_expiry", a[0], time);
}

process answer_within_the_hour() {
  while (true)
    co_await receive([](ping p) { send(p.from, pong{}); }, after(1h, [] { check(false, "an hour has not passed"); }));
}

process after_churn(numbers a) {
  const pid other = spawn(answer_within_the_hour);
  stopwatch time;
  for (std::int64_t i = 0; i < a[0]; ++i) {
    send(other, ping{self()});
    co_await receive<pong>();
  }
  report("after_churn", a[0], time);
}

process answer_pings() {
  while (true)
    co_await receive([](ping p) { send(p.from, pong{}); });
}

// Never yields. Ends when the measurement has, for a process that never suspends could not be shut down.
void compute(std::shared_ptr<const std::atomic<bool>> ended) {
  for (volatile std::uint32_t n = 1; !ended->load(std::memory_order_relaxed);)
    n = (n * 1103515245u + 12345u) & 0x7fffffffu;
}

process busy_latency(numbers a) {
  const auto ended = std::make_shared<std::atomic<bool>>(false);
  for (std::int64_t i = 0; i < a[0]; ++i)
    spawn(compute, ended);
  const pid other = spawn(answer_pings);
  std::vector<double> microseconds;
  auto due = process_clock::now();
  for (std::int64_t i = 0; i < a[1]; ++i) {
    const auto early = due - process_clock::now();
    if (early > 0ns)
      co_await sleep(early);
    send(other, ping{self()});
    co_await receive<pong>();
    microseconds.push_back(std::chrono::duration<double, std::micro>(process_clock::now() - due).count());
    due += 1ms;
  }
  ended->store(true);
  std::sort(microseconds.begin(), microseconds.end());
  const std::size_t n = microseconds.size();
  char fields[96];
  std::snprintf(fields, sizeof fields, "\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f", microseconds[n / 2],
                microseconds[n * 99 / 100], microseconds[n - 1]);
  report("busy_latency", a[1], std::string(fields));
}

}  // namespace

std::vector<workload> timing() {
  return {{"timers", "N", timers},
          {"after_expiry", "N", after_expiry},
          {"after_churn", "N", after_churn},
          {"busy_latency", "HOGS MS", busy_latency}};
}

}  // namespace bench
