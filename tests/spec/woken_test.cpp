// Whom a process wakes does not wait for its waker's turn where another scheduler has nothing to do.
#include "schedulers.hpp"
#include "spec.hpp"

namespace {

struct begin {};

// Computes for less than the monitor takes to notice (two looks, 2 ms apart), or until it is seen that the other runs.
bool runs_meanwhile(const std::atomic<int>& begun, int before) {
  const auto end = now() + 1500us;
  while (now() < end)
    if (begun != before)
      return true;
  return false;
}

// How often the woken one, or the newborn, ran beside; it stops when that is shown. A loaded machine may fail many times.
constexpr int enough = 5, rounds = 2'000;

}  // namespace

TEST_CASE("who is woken, and who is spawned, begins on an idle scheduler while its waker goes on computing") {
  const spec::options_decide_schedulers guard;
  std::atomic<int> begun = 0;
  int woken = 0, born = 0;
  run({.schedulers = 2, .max_spares = 0}, [&]() -> process {
    const pid sleeper = spawn_link([&]() -> process {
      while (true)
        co_await receive([&](begin) { ++begun; });
    });
    for (int i = 0; i < rounds && woken < enough; ++i) {
      co_await sleep(1ms);
      const int before = begun;
      send(sleeper, begin{});
      woken += runs_meanwhile(begun, before);
    }
    for (int i = 0; i < rounds && born < enough; ++i) {
      co_await sleep(1ms);
      const int before = begun;
      spawn([&] { ++begun; });
      born += runs_meanwhile(begun, before);
    }
    exit(reason::shutdown);
  });
  CHECK(woken == enough);
  CHECK(born == enough);
}
