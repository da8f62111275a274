// Slots that get a new tenant, under every schedule: nothing sent to the old one reaches the new one, whoever is held up when.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "mailbox/inbox_word.hpp"

#include <array>
#include <cstdint>
#include <memory>

using namespace brood::detail;

namespace {

struct alignas(16) node {
  node* next = nullptr;
  std::uint64_t meant_for = 0;
};
using word = inbox_word<node, model::atomic>;

// What a sender looks at: process_control's id and inbox, as send.cpp and spawn.cpp use them.
struct slot {
  model::atomic<std::uint64_t> id{0};
  word inbox;
  model::plain<int> block{0};  // the process block

  void spawn(std::uint64_t tenant) {
    block = static_cast<int>(tenant);
    id.store(tenant, std::memory_order_relaxed);
    inbox.open(word::tag_of(tenant));
  }
  bool send(node& n, std::uint64_t tenant) {
    if (id.load(std::memory_order_relaxed) != tenant)
      return false;
    n.meant_for = tenant;
    return inbox.push(&n, word::tag_of(tenant)) != word::pushed::dead;
  }
  int run_and_die(std::uint64_t tenant) {
    node* arrived = nullptr;
    inbox.claim(arrived);
    model::check(block == static_cast<int>(tenant), "a worker sees the block of the tenant it runs");
    const int n = count(arrived, tenant);
    return n + count(inbox.close(word::tag_of(tenant)), tenant);
  }
  static int count(node* n, std::uint64_t tenant) {
    int all = 0;
    for (; n; n = n->next, ++all)
      model::check(n->meant_for == tenant, "nothing reaches a stranger");
    return all;
  }
};

}  // namespace

TEST_CASE("slot: senders that were held up while it got a new tenant") {
  const model::result r = model::explore({.preemptions = 3, .stale_loads = 2}, [](model::program& p) {
    auto s = std::make_shared<slot>();
    auto nodes = std::make_shared<std::array<node, 2>>();
    auto accepted = std::make_shared<int>(0);
    auto arrived = std::make_shared<int>(0);
    s->spawn(1);
    p.thread([=] {
      *arrived += s->run_and_die(1);
      s->spawn(2);
      *arrived += s->run_and_die(2);
    });
    p.thread([=] { *accepted += s->send((*nodes)[0], 1); });
    p.thread([=] { *accepted += s->send((*nodes)[1], 2); });
    p.finally([=] { model::check(*accepted == *arrived, "what was accepted arrived"); });
  });
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

TEST_CASE("slot: the living are alive, the dead are not, and the dead's last words are seen") {
  const model::result r = model::explore({.preemptions = 4, .stale_loads = 2}, [](model::program& p) {
    auto s = std::make_shared<slot>();
    auto last_words = std::make_shared<model::plain<int>>(0);
    s->spawn(1);
    p.thread([=] {
      node* arrived = nullptr;
      s->inbox.claim(arrived);
      *last_words = 1;  // its name, released
      s->inbox.close(word::tag_of(1));
      s->spawn(2);
    });
    p.thread([=] {
      if (!s->inbox.alive(word::tag_of(1)))
        model::check(*last_words == 1, "what it did before it died is seen");
    });
  });
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

// process_table::carve and find.
TEST_CASE("slot: a table that grows shows no slot before it is made") {
  const model::result r = model::explore({.preemptions = 4, .stale_loads = 2}, [](model::program& p) {
    struct table {
      model::atomic<std::uint32_t> used{0};
      model::plain<int> slots[2];
    };
    auto t = std::make_shared<table>();
    p.thread([=] {
      for (std::uint32_t i = 0; i < 2; ++i) {
        t->slots[i] = 1;
        t->used.store(i + 1, std::memory_order_release);
      }
    });
    p.thread([=] {
      const std::uint32_t used = t->used.load(std::memory_order_acquire);
      for (std::uint32_t i = 0; i < used; ++i)
        model::check(t->slots[i] == 1, "a slot that is found is made");
    });
  });
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}
