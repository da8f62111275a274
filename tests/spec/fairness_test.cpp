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
