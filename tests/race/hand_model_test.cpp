// The biased lock, and the processes a worker has in hand, under every schedule.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "base/biased_lock.hpp"
#include "mailbox/inbox_word.hpp"

#include <memory>

using namespace brood::detail;

namespace {

bool seizing = false;  // somebody tries, or has the lock

template <bool Light, bool Works = true>
struct barrier_model {
  static bool light() { return Light; }
  static void heavy() {
    if (Light && Works)
      model::explorer::instance().barrier_in_all_threads();
  }
  static void pause() {
    model::explorer::instance().block_until([] { return !seizing; });
  }
};

template <class Barrier>
struct guarded {
  biased_lock<model::atomic, Barrier> lock;
  model::plain<int> data{0};

  void own(int times) {
    data = data + 1;
    for (; times > 0; --times) {
      lock.leave();
      lock.take();
      data = data + 1;
    }
    lock.leave();
  }
  void seize() {
    seizing = true;
    if (lock.seize()) {
      data = data + 1;
      lock.give_back();
    }
    seizing = false;
  }
};

template <class Barrier>
model::result explore_lock() {
  return model::explore({.preemptions = 3, .stale_loads = 2}, [](model::program& p) {
    seizing = false;
    auto g = std::make_shared<guarded<Barrier>>();
    p.thread([=] { g->own(2); });
    p.thread([=] { g->seize(), g->seize(); });
  });
}

void must_hold(const model::result& r) {
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

// ---- a process that rests on a worker whose user code runs, another worker's message, and the monitor

struct alignas(16) node {
  node* next = nullptr;
  model::plain<int> payload{0};
};
using word = inbox_word<node, model::atomic>;
constexpr std::uint64_t tag = std::uint64_t{7} << 48;

struct world {
  biased_lock<model::atomic, barrier_model<true>> lock;
  model::atomic<int> resting{1}, next{0};  // 1: the process
  node* message = nullptr;
  word inbox;
  model::plain<int> frame{0};  // what only its owner touches
  model::event queue;
  node nodes[3];
  int taken[3] = {}, count = 0;

  world() {
    node* none = nullptr;
    inbox.open(tag);
    inbox.claim(none);
  }
  void take(node* newest) {
    node* oldest = nullptr;
    while (newest)
      newest = std::exchange(newest->next, std::exchange(oldest, newest));
    for (; oldest; oldest = oldest->next) {
      model::check(oldest->payload == 1, "a message arrives as it was sent");
      taken[count++] = static_cast<int>(oldest - nodes);
      frame = frame + 1;
    }
  }
  void settle() {
    if (!inbox.park(tag)) {
      static_cast<void>(inbox.requeue());
      queue.set();
    }
  }
  void send(int i, bool may_take) {
    node& n = nodes[i];
    n.payload = 1;
    if (may_take && inbox.rouse(tag)) {
      n.next = nullptr;
      lock.take();
      next.store(1, std::memory_order_relaxed);
      message = &n;
      lock.leave();
    } else if (inbox.push(&n, tag) == word::pushed::wake) {
      queue.set();
    }
  }
  // `at_once`: the inbox takes it where the lock is not to be had without waiting.
  void send_by_hand(int i, bool at_once) {
    nodes[i].payload = 1;
    if (!at_once)
      lock.take();
    else if (!lock.try_take())
      return send(i, next.load(std::memory_order_relaxed) == 0);
    const bool rests = resting.load(std::memory_order_relaxed) == 1 && inbox.is_untouched();
    if (rests) {
      nodes[i].next = nullptr;
      resting.store(0, std::memory_order_relaxed);
      next.store(1, std::memory_order_relaxed);
      message = &nodes[i];
    }
    lock.leave();
    if (!rests)
      send(i, next.load(std::memory_order_relaxed) == 0);
  }
  // The end of the turn, and what the worker does then.
  void go_on() {
    lock.take();
    if (next.load(std::memory_order_relaxed) == 1) {
      next.store(0, std::memory_order_relaxed);
      take(std::exchange(message, nullptr));
      for (; inbox.something_arrived() || !inbox.park(tag); take(inbox.fetch())) {}
    } else if (resting.load(std::memory_order_relaxed) == 1) {
      resting.store(0, std::memory_order_relaxed);
      settle();
    }
  }
  void rescue() {
    seizing = true;
    if (lock.seize()) {
      const int chosen = next.exchange(0, std::memory_order_relaxed), rests = resting.exchange(0, std::memory_order_relaxed);
      node* const m = std::exchange(message, nullptr);
      lock.give_back();
      if (chosen) {
        static_cast<void>(inbox.requeue(m, tag));
        queue.set();
      }
      if (rests)
        settle();
    }
    seizing = false;
  }
  void check_end(int messages) {
    node* arrived = nullptr;
    if (inbox.claim(arrived))  // queued, not run yet
      take(arrived);
    model::check(count == messages, "nothing is lost, and nobody sleeps on a message");
    for (int i = 0; i < count; ++i)
      for (int j = 0; j < i; ++j)
        model::check(!(taken[i] == 0 && taken[j] == 1), "one sender's messages arrive in their order");
  }
};

}  // namespace

TEST_CASE("biased lock: the owner and another never have it at once, and each sees what the other did") {
  must_hold(explore_lock<barrier_model<true>>());
}

TEST_CASE("biased lock: the same where the kernel has no barrier for all threads") {
  must_hold(explore_lock<barrier_model<false>>());
}

TEST_CASE("biased lock: without the barrier it would not hold") {
  CHECK_FALSE(explore_lock<barrier_model<true, false>>().failure.empty());
}

TEST_CASE("hand: messages by hand, from elsewhere and a rescue: none lost, each sender's order, one owner") {
  for (const bool at_once : {false, true})
    must_hold(model::explore({.preemptions = 2}, [=](model::program& p) {
      seizing = false;
      auto w = std::make_shared<world>();
      p.thread([=] {
        w->lock.leave();  // user code runs
        w->send_by_hand(0, at_once);
        w->send(1, false);
        w->go_on();
      });
      p.thread([=] { w->send(2, false); });
      p.thread([=] { w->rescue(); });
      p.finally([=] { w->check_end(3); });
    }));
}

TEST_CASE("hand: a process taken out of its sleep, and a rescue") {
  must_hold(model::explore({.preemptions = 3}, [](model::program& p) {
    seizing = false;
    auto w = std::make_shared<world>();
    w->resting.store(0, std::memory_order_relaxed);
    w->inbox.park(tag);
    p.thread([=] {
      w->lock.leave();
      w->send(0, true);
      w->send(1, false);
      w->go_on();
    });
    p.thread([=] { w->rescue(); });
    p.finally([=] { w->check_end(2); });
  }));
}
