// Nobody waits long because others are many. One scheduler, no spares: turns can be counted.
#include "schedulers.hpp"
#include "spec.hpp"

#include <algorithm>

namespace {

const run_options one_scheduler{.schedulers = 1, .max_spares = 0};

}  // namespace

TEST_CASE("however many waits expire, and faster than they are served, one that yields is back within a few hundred turns") {
  const spec::options_decide_schedulers guard;
  constexpr int crowd = 5'000;
  int begun = 0, woken = 0, most = 0;
  run(one_scheduler, [&]() -> process {
    for (int i = 0; i < crowd; ++i)
      spawn([&]() -> process {
        ++begun;
        co_await receive(after(500ms, [] {}));  // when all have begun
        ++woken;
        const auto busy_until = process_clock::now() + 5us;
        while (process_clock::now() < busy_until) {}
      });
    while (begun < crowd)
      co_await yield();
    CHECK(woken == 0);
    while (woken < crowd) {
      const int before = woken;
      co_await yield();
      most = std::max(most, woken - before);
    }
  });
  CHECK(woken == crowd);
  CHECK(most > 0);
  CHECK(most <= 512);
}

TEST_CASE("however many are ready, one whose sleep is over is back within a hundred turns") {
  const spec::options_decide_schedulers guard;
  constexpr int crowd = 20'000, naps = 20;
  process_clock::time_point due = process_clock::time_point::max();
  int turns_since = 0, most = 0, napped = 0;
  run(one_scheduler, [&]() -> process {
    for (int i = 0; i < crowd; ++i)
      spawn([&]() -> process {
        while (napped < naps) {
          turns_since += process_clock::now() >= due;
          co_await yield();
        }
      });
    co_await yield();  // spawning has used its budget up: it would go behind the others before it begins to sleep
    for (; napped < naps; ++napped) {
      turns_since = 0;
      due = process_clock::now() + 5ms;
      co_await sleep(5ms);
      most = std::max(most, turns_since);
    }
  });
  CHECK(napped == naps);
  CHECK(most <= 100);
}
