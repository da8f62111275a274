// The idle mask under every schedule: a worker that goes to sleep and a waker that brings work never miss each other.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "sched/idle_mask.hpp"

#include <memory>

using namespace brood::detail;

namespace {

// Worker 0 and 1; the work is a counter as shared_queue has it.
struct floor_of_workers {
  idle_mask<model::atomic> idle;
  model::atomic<std::size_t> work{0};
  model::event io[2];

  void inject() {
    work.fetch_add(1, std::memory_order_seq_cst);
    if (const int sleeper = idle.pick(); sleeper >= 0)
      io[sleeper].set();
  }
  bool take() {
    std::size_t seen = work.load(std::memory_order_seq_cst);
    while (seen > 0)
      if (work.compare_exchange_weak(seen, seen - 1, std::memory_order_seq_cst))
        return true;
    return false;
  }
  void work_until_done(unsigned worker) {
    while (!take()) {
      idle.announce(worker);
      if (work.load(std::memory_order_seq_cst) == 0)
        io[worker].wait();
      idle.revoke(worker);
    }
  }
};

}  // namespace

TEST_CASE("idle mask: two sleepers, two pieces of work: nobody sleeps while there is work") {
  const model::result r = model::explore({.preemptions = 3, .stale_loads = 2}, [](model::program& p) {
    auto f = std::make_shared<floor_of_workers>();
    p.thread([=] { f->work_until_done(0); });
    p.thread([=] { f->work_until_done(1); });
    p.thread([=] { f->inject(), f->inject(); });
  });
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

TEST_CASE("idle mask: a sleeper has one waker") {
  const model::result r = model::explore({.preemptions = 4, .stale_loads = 2}, [](model::program& p) {
    auto f = std::make_shared<floor_of_workers>();
    auto picked = std::make_shared<int>(0);
    p.thread([=] {
      f->idle.announce(3);
      *picked += f->idle.revoke(3);
    });
    for (int waker = 0; waker < 2; ++waker)
      p.thread([=] { *picked += f->idle.pick() == 3; });
    p.finally([=] {
      model::check(*picked == 1, "revoked by itself or picked by one waker");
      model::check(f->idle.sleepers() == 0, "nobody is left in the mask");
    });
  });
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}
