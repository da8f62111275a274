// A name given while its process dies, under every schedule: the dead keep none. names.cpp and death.cpp, without their tables.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "mailbox/inbox_word.hpp"

#include <cstdint>
#include <memory>
#include <mutex>

using namespace brood::detail;

namespace {

struct alignas(16) node {
  node* next = nullptr;
};

constexpr std::uint64_t tag = std::uint64_t{1} << 48;

struct world {
  inbox_word<node, model::atomic> inbox;
  model::atomic<std::uint8_t> state{0};  // name_state: 1 if it has one
  model::spinlock lock;                  // of the name table
  model::plain<int> entry{0};            // the name in it

  void release() {
    if (state.load(std::memory_order_seq_cst) == 0)
      return;
    std::lock_guard guard(lock);
    state.store(0, std::memory_order_relaxed);
    entry = 0;
  }
  void die(bool looks_again) {
    release();
    inbox.close(tag);
    if (looks_again)
      release();
  }
  void register_name() {
    std::lock_guard guard(lock);
    if (!inbox.alive(tag))
      return;
    std::uint8_t none = 0;
    if (!state.compare_exchange_strong(none, 1, std::memory_order_seq_cst))
      return;
    entry = 1;
    if (!inbox.alive(tag))
      entry = 0;
  }
};

model::result race(bool looks_again) {
  return model::explore({.preemptions = 4, .stale_loads = 2}, [=](model::program& p) {
    auto w = std::make_shared<world>();
    w->inbox.open(tag);
    p.thread([=] { w->die(looks_again); });
    p.thread([=] { w->register_name(); });
    p.thread([=] { w->register_name(); });
    p.finally([=] { model::check(w->entry == 0, "the dead have no name"); });
  });
}

}  // namespace

TEST_CASE("name: given while its process dies, it is found by the second look, or taken back") {
  const model::result r = race(true);
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
  CHECK(r.failure.empty());
}

TEST_CASE("name: one look is too few, and the explorer sees it") { CHECK_FALSE(race(false).failure.empty()); }
