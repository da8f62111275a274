// The explorer finds what the memory model allows, and nothing else.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include <array>
#include <memory>
#include <set>
#include <string>

using namespace std;

namespace {

struct message_passing {
  model::plain<int> data{0};
  model::atomic<int> ready{0};
};

model::result pass_a_message(memory_order store, memory_order load) {
  return model::explore({.preemptions = 2, .stale_loads = 2}, [=](model::program& p) {
    auto s = make_shared<message_passing>();
    p.thread([=] {
      s->data = 1;
      s->ready.store(1, store);
    });
    p.thread([=] {
      if (s->ready.load(load) == 1)
        model::check(s->data == 1, "the data is there");
    });
  });
}

// Each stores its own flag, then looks at the other's: both may see none, unless all is sequentially consistent.
model::result flags(memory_order store, memory_order load) {
  return model::explore({.preemptions = 2, .stale_loads = 2}, [=](model::program& p) {
    auto x = make_shared<model::atomic<int>>(0), y = make_shared<model::atomic<int>>(0);
    auto saw = make_shared<array<int, 2>>();
    p.thread([=] {
      x->store(1, store);
      (*saw)[0] = y->load(load);
    });
    p.thread([=] {
      y->store(1, store);
      (*saw)[1] = x->load(load);
    });
    p.finally([=] { model::check((*saw)[0] + (*saw)[1] > 0, "one sees the other"); });
  });
}

}  // namespace

TEST_CASE("explorer: a message passed by release and acquire arrives; by relaxed it is a data race") {
  CHECK(pass_a_message(memory_order_release, memory_order_acquire).complete);
  CHECK_THAT(pass_a_message(memory_order_relaxed, memory_order_acquire).failure, Catch::Matchers::ContainsSubstring("data race"));
  CHECK_THAT(pass_a_message(memory_order_release, memory_order_relaxed).failure, Catch::Matchers::ContainsSubstring("data race"));
}

TEST_CASE("explorer: of two flags one is seen when they are seq_cst, else perhaps none") {
  CHECK(flags(memory_order_seq_cst, memory_order_seq_cst).complete);
  CHECK_FALSE(flags(memory_order_release, memory_order_acquire).failure.empty());
}

TEST_CASE("explorer: a thread never reads an older value than before, nor than one it has heard of") {
  const model::result r = model::explore({.preemptions = 3, .stale_loads = 4}, [](model::program& p) {
    auto x = make_shared<model::atomic<int>>(0);
    auto heard = make_shared<model::atomic<int>>(0);
    p.thread([=] { x->store(1, memory_order_relaxed), x->store(2, memory_order_relaxed); });
    p.thread([=] {
      const int first = x->load(memory_order_relaxed), second = x->load(memory_order_relaxed);
      model::check(first <= second, "never back in time");
      heard->store(second, memory_order_release);
    });
    p.thread([=] {
      const int of = heard->load(memory_order_acquire);
      model::check(x->load(memory_order_relaxed) >= of, "what was heard of is seen");
    });
  });
  INFO(r.failure);
  CHECK(r.complete);
}

TEST_CASE("explorer: it does return old values") {
  const model::result r = model::explore({.preemptions = 2}, [](model::program& p) {
    auto x = make_shared<model::atomic<int>>(0);
    auto done = make_shared<model::atomic<int>>(0);
    p.thread([=] {
      x->store(1, memory_order_relaxed);
      done->store(1, memory_order_relaxed);
    });
    p.thread([=] {
      if (done->load(memory_order_relaxed) == 1)
        model::check(x->load(memory_order_relaxed) == 1, "an old value");
    });
  });
  CHECK_THAT(r.failure, Catch::Matchers::ContainsSubstring("an old value"));
}

TEST_CASE("explorer: a release sequence goes on through read-modify-writes") {
  const model::result r = model::explore({.preemptions = 3, .stale_loads = 2}, [](model::program& p) {
    auto s = make_shared<message_passing>();
    p.thread([=] {
      s->data = 1;
      s->ready.store(1, memory_order_release);
    });
    p.thread([=] {
      int one = 1;
      s->ready.compare_exchange_strong(one, 2, memory_order_relaxed);
    });
    p.thread([=] {
      if (s->ready.load(memory_order_acquire) == 2)
        model::check(s->data == 1, "the data is there");
    });
  });
  INFO(r.failure);
  CHECK(r.complete);
}

TEST_CASE("explorer: threads that wait for ever, and threads that never end, are failures") {
  const model::result sleepers = model::explore({}, [](model::program& p) {
    auto e = make_shared<model::event>();
    p.thread([=] { e->wait(); });
  });
  CHECK_THAT(sleepers.failure, Catch::Matchers::ContainsSubstring("waits for ever"));
  const model::result spinners = model::explore({}, [](model::program& p) {
    auto x = make_shared<model::atomic<int>>(0);
    p.thread([=] {
      while (x->load() == 0) {}
    });
  });
  CHECK_THAT(spinners.failure, Catch::Matchers::ContainsSubstring("no end"));
}

TEST_CASE("explorer: every schedule, once: two threads of two steps interleave in six ways") {
  set<string> orders;
  const model::result r = model::explore({.preemptions = 4}, [&](model::program& p) {
    auto x = make_shared<model::atomic<int>>(0);
    auto order = make_shared<string>();
    for (const char* who : {"a", "b"})
      p.thread([=] {
        x->fetch_add(1), *order += who;
        x->fetch_add(1), *order += who;
      });
    p.finally([=, &orders] { orders.insert(*order); });
  });
  CHECK(r.complete);
  CHECK(orders.size() == 6);
}
