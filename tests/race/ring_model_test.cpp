// The run ring under every schedule: what is pushed is taken once, by the owner or a thief, as it was pushed.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "sched/run_ring.hpp"

#include <memory>

using namespace brood::detail;

namespace {

struct entry : runnable {
  model::plain<int> value{0};
  int taken = 0;
};

struct queue {
  run_ring<2, model::atomic> ring;
  entry entries[4];

  void push(int i) {
    entries[i].value = 10 + i;
    if (!ring.push(&entries[i]))
      take(&entries[i]);
  }
  void take(runnable* r) {
    if (!r)
      return;
    auto& e = *static_cast<entry*>(r);
    model::check(e.value == 10 + (&e - entries), "an entry arrives as it was pushed");
    ++e.taken;
  }
  void steal() {
    runnable* some[2];
    const std::uint32_t n = ring.take_half(some, 2);
    for (std::uint32_t i = 0; i < n; ++i)
      take(some[i]);
  }
  void all_taken_once() {
    while (runnable* r = ring.pop())
      take(r);
    for (entry& e : entries)
      model::check(e.taken == 1, "each entry is taken once");
  }
};

}  // namespace

TEST_CASE("ring: an owner that fills, wraps and empties it, a thief") {
  const model::result r = model::explore({.preemptions = 3}, [](model::program& p) {
    auto q = std::make_shared<queue>();
    p.thread([=] {
      q->push(0), q->push(1);
      q->take(q->ring.pop());
      q->push(2), q->push(3);
    });
    p.thread([=] { q->steal(), q->steal(); });
    p.finally([=] { q->all_taken_once(); });
  });
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

TEST_CASE("ring: two thieves") {
  const model::result r = model::explore({.preemptions = 2}, [](model::program& p) {
    auto q = std::make_shared<queue>();
    p.thread([=] {
      q->push(0), q->push(1), q->push(2);
      q->take(q->ring.pop());
      q->push(3);
    });
    for (int thief = 0; thief < 2; ++thief)
      p.thread([=] { q->steal(); });
    p.finally([=] { q->all_taken_once(); });
  });
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}
