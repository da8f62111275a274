// Timers whose scheduler is stuck, processes that move between schedulers, cancels from elsewhere: 8 schedulers.
#include "catch.hpp"

#include <brood/brood.hpp>

#include <atomic>
#include <chrono>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace {

struct tick {
  int n = 0;
};
struct over {
  bool good = true;
};

const run_options eight{.schedulers = 8, .grace = 5s};

void compute_for(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {}
}

}  // namespace

TEST_CASE("timers of a scheduler whose process does not yield are served by others") {
  std::atomic<int> good = 0;
  run(eight, [&good]() -> process {
    constexpr int sleepers = 16;
    for (int i = 0; i < sleepers; ++i)
      spawn(
          [](int i, pid boss) -> process {
            over o;
            for (int k = 0; k < 8; ++k) {
              const auto until = now() + 1ms;
              co_await receive(after(1ms));
              o.good = o.good && now() >= until;
              if (i % 4 == 0 && k == 3)
                compute_for(25ms);  // holds its scheduler, with the others' timers in its wheel
            }
            send(boss, o);
          },
          i, self());
    for (int i = 0; i < sleepers; ++i)
      good += (co_await receive<over>()).good;
  });
  CHECK(good == 16);
}

TEST_CASE("a wait that ends by message, by deadline and by kill at once leaves one outcome, wherever the process runs") {
  std::atomic<int> outcomes = 0;
  run(eight, [&outcomes]() -> process {
    constexpr int rounds = 60;
    for (int i = 0; i < rounds; ++i) {
      auto [p, m] = spawn_monitor(
          [](pid boss) -> process {
            for (int k = 0; k < 4; ++k) {
              const auto t = co_await receive<tick>(within(200us));
              send(boss, over{t.has_value()});
            }
          },
          self());
      for (int k = 0; k < 4; ++k) {
        send(p, tick{k});
        (void)co_await receive<over>(within(300us));
      }
      exit(p, reason::kill);
      co_await receive<down>(m);
      while (co_await receive<over>(within(0s))) {}
      ++outcomes;
    }
  });
  CHECK(outcomes == 60);
}

TEST_CASE("timers armed, read and cancelled by eight processes at once: a message or a remainder each") {
  std::atomic<int> balance = 0;
  run(eight, [&balance]() -> process {
    constexpr int processes = 8, timers = 60;
    for (int i = 0; i < processes; ++i)
      spawn(
          [](pid boss) -> process {
            std::vector<timer_ref> armed;
            for (int t = 0; t < timers; ++t)
              armed.push_back(send_after(std::chrono::microseconds(100 * (t % 10)), boss, tick{t}));
            co_await yield();
            int cancelled = 0;
            for (const timer_ref t : armed) {
              (void)read_timer(t);
              cancelled += cancel_timer(t).has_value();
            }
            send(boss, cancelled);
          },
          self());
    int cancelled = 0;
    for (int i = 0; i < processes; ++i)
      cancelled += co_await receive<int>();
    int fired = 0;
    // All that are due, and then a moment for one too many.
    while (co_await receive<tick>(within(fired + cancelled < processes * timers ? 10'000ms : 20ms)))
      ++fired;
    balance = fired + cancelled;
  });
  CHECK(balance == 8 * 60);
}

TEST_CASE("processes that come and go on eight schedulers: links, monitors and messages meet dead and reused slots") {
  std::atomic<int> ended = 0;
  run(eight, [&ended]() -> process {
    constexpr int rounds = 400;
    for (int i = 0; i < rounds; ++i) {
      auto [a, m] = spawn_monitor(
          [](pid boss) -> process {
            trap_exits();
            const pid b = spawn_link([](pid boss) { send(boss, tick{1}); }, boss);
            send(b, tick{2});
            co_await receive<exited>(b);
          },
          self());
      send(a, tick{3});
      co_await receive<tick>();
      co_await receive<down>(m);
      ++ended;
    }
  });
  CHECK(ended == 400);
}
