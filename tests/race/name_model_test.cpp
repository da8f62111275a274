// Something that a table keeps of a process that dies, under every schedule: the dead leave nothing there. tables.hpp, names.cpp,
// timers.cpp, groups.cpp and death.cpp, without what they keep.
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
constexpr std::uint8_t names = 1, timers = 2;

struct table {
  model::spinlock lock;
  model::plain<int> entry{0};
};

struct world {
  inbox_word<node, model::atomic> inbox;
  model::atomic<std::uint8_t> kept_in{0};
  table name, timer;

  bool is_kept_in(std::uint8_t bit) { return (kept_in.load(std::memory_order_seq_cst) & bit) != 0; }
  void keep_in(std::uint8_t bit) {
    if (!is_kept_in(bit))
      kept_in.fetch_or(bit, std::memory_order_seq_cst);
  }

  void release_name() {
    if (!is_kept_in(names))
      return;
    std::lock_guard guard(name.lock);
    name.entry = 0;
    kept_in.fetch_and(static_cast<std::uint8_t>(~names), std::memory_order_seq_cst);
  }
  void die(bool looks_again) {
    release_name();
    inbox.close(tag);
    if (looks_again)
      release_name();
    if (is_kept_in(timers)) {
      std::lock_guard guard(timer.lock);
      timer.entry = 0;
    }
  }
  void register_name() {
    std::lock_guard guard(name.lock);
    if (!inbox.alive(tag))
      return;
    name.entry = 1;
    keep_in(names);
    if (!inbox.alive(tag))
      name.entry = 0;
  }
  // The bit first: then the lock is held for the table alone.
  void arm_timer(bool looks) {
    keep_in(timers);
    {
      std::lock_guard guard(timer.lock);
      timer.entry = 1;
    }
    if (looks && !inbox.alive(tag)) {
      std::lock_guard guard(timer.lock);
      timer.entry = 0;
    }
  }
};

template <class First, class Second>
model::result race(bool looks_again, First first, Second second) {
  return model::explore({.preemptions = 4, .stale_loads = 2}, [=](model::program& p) {
    auto w = std::make_shared<world>();
    w->inbox.open(tag);
    p.thread([=] { w->die(looks_again); });
    p.thread([=] { first(*w); });
    p.thread([=] { second(*w); });
    p.finally([=] {
      model::check(w->name.entry == 0, "the dead have no name");
      model::check(w->timer.entry == 0, "no timer aims at the dead");
    });
  });
}

const auto registers = [](world& w) { w.register_name(); };
const auto arms = [](world& w) { w.arm_timer(true); };
const auto arms_and_goes = [](world& w) { w.arm_timer(false); };

void check_all(const model::result& r) {
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
  CHECK(r.failure.empty());
}

}  // namespace

TEST_CASE("tables: a name given while its process dies is found by the second look, or taken back") {
  check_all(race(true, registers, registers));
}

TEST_CASE("tables: a timer armed while its target dies is found by the death, or taken back") { check_all(race(true, arms, arms)); }

TEST_CASE("tables: the bits of two tables do not hide each other") { check_all(race(true, arms, registers)); }

TEST_CASE("tables: one look is too few, and the explorer sees it") {
  CHECK_FALSE(race(false, registers, registers).failure.empty());
  CHECK_FALSE(race(true, arms_and_goes, registers).failure.empty());
}
