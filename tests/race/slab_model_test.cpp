// Magazines and depots under every schedule: a block has one owner at a time, who sees what the last one did with it.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "memory/depot.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <set>

using namespace brood::detail;

namespace {

// Two blocks a magazine, four a span.
struct small_sizes {
  static constexpr std::size_t block_size = 16, span = 4 * block_size;
  static constexpr std::size_t block(std::size_t) noexcept { return block_size; }
  static constexpr std::uint32_t capacity(std::size_t) noexcept { return 2; }
  static void* new_span();
};

struct estate {
  alignas(16) std::array<std::array<char, small_sizes::span>, 4> spans{};
  std::array<model::plain<int>, 16> tenants;  // by block
  std::size_t spans_made = 0;
  basic_depot<model::spinlock, small_sizes> depot;
  inline static estate* current = nullptr;

  estate() { current = this; }
  model::plain<int>& tenant_of(const free_block* b) {
    return tenants[static_cast<std::size_t>(reinterpret_cast<const char*>(b) - spans[0].data()) / small_sizes::block_size];
  }
  void nothing_is_lost() {
    model::check(depot.taken() == 0, "all is back");
    std::set<free_block*> all;
    for (std::size_t left = 4 * spans_made; left > 0;) {
      magazine m = depot.take(0);
      while (free_block* b = m.pop()) {
        all.insert(b);
        --left;
      }
    }
    model::check(all.size() == 4 * spans_made, "every block is there once");
  }
};

void* small_sizes::new_span() {
  model::check(estate::current->spans_made < 4, "no more spans than needed");
  return estate::current->spans[estate::current->spans_made++].data();
}

// A thread's cache, as slab.cpp has it.
struct user {
  estate& e;
  const int me;
  magazine loaded{nullptr, 2}, previous{nullptr, 2};

  free_block* take() {
    free_block* b = loaded.pop();
    if (!b)
      b = refill(loaded, previous, e.depot, 0);
    model::check(e.tenant_of(b) == 0, "nobody else has it");
    e.tenant_of(b) = me;
    return b;
  }
  void give(free_block* b) {
    e.tenant_of(b) = 0;
    if (!loaded.push(b)) {
      make_room(loaded, previous, e.depot, 0, 2);
      loaded.push(b);
    }
  }
  void leave() {
    e.depot.put_rest(loaded);
    e.depot.put_rest(previous);
  }
};

void must_hold(const model::result& r) {
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

}  // namespace

TEST_CASE("spinlock: what it protects has one owner, who sees all that was done before") {
  must_hold(model::explore({.preemptions = 3, .stale_loads = 2}, [](model::program& p) {
    auto lock = std::make_shared<model::spinlock>();
    auto n = std::make_shared<model::plain<int>>(0);
    for (int i = 0; i < 3; ++i)
      p.thread([=] {
        std::lock_guard guard(*lock);
        *n = *n + 1;
      });
    p.finally([=] { model::check(*n == 3, "no addition is lost"); });
  }));
}

TEST_CASE("slab: two threads that fill and empty their magazines and end") {
  must_hold(model::explore({.preemptions = 5}, [](model::program& p) {
    auto e = std::make_shared<estate>();
    for (int me = 1; me < 3; ++me)
      p.thread([=] {
        user u{*e, me};
        std::array<free_block*, 3> some;
        for (free_block*& b : some)
          b = u.take();
        for (free_block* b : some)
          u.give(b);
        u.give(u.take());
        u.leave();
      });
    p.finally([=] { e->nothing_is_lost(); });
  }));
}

TEST_CASE("slab: blocks made by one thread, freed by another in full magazines, taken by a third") {
  must_hold(model::explore({.preemptions = 2, .stale_loads = 1}, [](model::program& p) {
    auto e = std::make_shared<estate>();
    auto shelf = std::make_shared<std::array<model::atomic<free_block*>, 5>>();
    p.thread([=] {
      user u{*e, 1};
      for (auto& place : *shelf)
        place.store(u.take(), std::memory_order_release);
      u.leave();
    });
    p.thread([=] {
      user u{*e, 2};
      for (auto& place : *shelf)
        if (free_block* b = place.exchange(nullptr, std::memory_order_acquire))
          u.give(b);
      u.leave();
    });
    p.thread([=] {
      user u{*e, 3};
      free_block* b = u.take();
      u.give(b);
      u.leave();
    });
    p.finally([=] {
      for (auto& place : *shelf)
        if (free_block* b = place.exchange(nullptr, std::memory_order_acquire))
          e->depot.put_loose(b);
      e->nothing_is_lost();
    });
  }));
}

TEST_CASE("slab: threads without a cache go to the depot block by block") {
  must_hold(model::explore({.preemptions = 3}, [](model::program& p) {
    auto e = std::make_shared<estate>();
    for (int me = 1; me < 4; ++me)
      p.thread([=] {
        magazine m = e->depot.take(0);
        free_block* b = m.pop();
        e->depot.put_rest(m);
        model::check(e->tenant_of(b) == 0, "nobody else has it");
        e->tenant_of(b) = me;
        e->tenant_of(b) = 0;
        e->depot.put_loose(b);
      });
    p.finally([=] { e->nothing_is_lost(); });
  }));
}
