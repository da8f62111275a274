// The hand-over of timers under every schedule: who arms a wheel, who sleeps by it, who serves it for a worker that is stuck.
//
// The lock and the wheel are the runtime's. What is done with them is written out here as worker.cpp (sleep, note_armed,
// note_served, serve_timers_of, wake_if_later_than) and timers.cpp (arm_deadline, wait_expired, leave_wheel) have it.
#include "catch.hpp"
#include "model/atomic.hpp"
#include "model/plain.hpp"

#include "mailbox/inbox_word.hpp"
#include "sched/wheel.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>

using namespace brood::detail;

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t ms = 1'000'000;

struct alignas(16) node {
  node* next = nullptr;
};
using word = inbox_word<node, model::atomic>;
constexpr std::uint64_t tag = 1;

struct sleeper : timer_node {
  word inbox;
  model::atomic<std::int64_t> deadline{never};
  model::plain<int> home{0};  // which worker's wheel, from 1 on
  int woken = 0;

  sleeper() {  // it runs
    inbox.open(word::tag_of(tag));
    node* arrived;
    inbox.claim(arrived);
  }
};

struct worker_timers {
  model::spinlock timer_lock;
  timer_wheel waits;
  model::plain<int> wheel_in_use{0};  // finds who touches the wheel without the lock
  model::atomic<std::int64_t> due{never}, sleeps_until{0};
  model::event io;

  void insert(sleeper& p, std::int64_t when) {
    wheel_in_use = 1;
    waits.insert(p, when);
  }
  void note_armed(std::int64_t when) {
    if (when < due.load(std::memory_order_relaxed))
      due.store(when, std::memory_order_relaxed);
  }
  void note_served() { due.store(waits.next_deadline(), std::memory_order_relaxed); }
  void wake_if_later_than(std::int64_t when) {
    if (sleeps_until.load(std::memory_order_relaxed) > when)
      io.set();
  }
  std::int64_t next_deadline() {
    std::lock_guard guard(timer_lock);
    wheel_in_use = 1;
    const std::int64_t when = waits.next_deadline();
    due.store(when, std::memory_order_relaxed);
    return when;
  }
  // Returns when it may be `in_time`; a sleep beyond that must be ended by others.
  void sleep(std::int64_t in_time) {
    std::int64_t deadline = next_deadline();
    {
      std::lock_guard guard(timer_lock);
      wheel_in_use = 1;
      deadline = std::min(deadline, waits.next_deadline());
      due.store(waits.next_deadline(), std::memory_order_relaxed);
      sleeps_until.store(deadline, std::memory_order_relaxed);
    }
    if (deadline > in_time)
      io.wait();
    std::lock_guard guard(timer_lock);
    sleeps_until.store(0, std::memory_order_relaxed);
  }
  template <class Expired>
  void serve(std::int64_t now, Expired expired) {
    if (due.load(std::memory_order_relaxed) > now)
      return;
    if (timer_lock.try_lock()) {
      wheel_in_use = 1;
      waits.advance(now, [&](timer_node& n) { expired(static_cast<sleeper&>(n)); });
      note_served();
      timer_lock.unlock();
    }
  }
  // Whoever looks at `due` comes in time.
  bool in_time() { return due.load(std::memory_order_relaxed) <= waits.next_deadline(); }
};

struct workers {
  std::array<worker_timers, 2> all;

  void expired(sleeper& p, std::int64_t now) {
    const std::int64_t deadline = p.deadline.load(std::memory_order_relaxed);
    if (deadline == never)
      return;
    if (deadline > now)
      return all[static_cast<std::size_t>(p.home - 1)].insert(p, deadline);
    if (p.inbox.wake_if_parked()) {
      p.home = 0;
      ++p.woken;
    } else if (!p.inbox.is_queued())
      all[static_cast<std::size_t>(p.home - 1)].insert(p, now + ms / 10);
  }
  void serve(std::size_t holder, std::int64_t now) {
    all[holder].serve(now, [&](sleeper& p) { expired(p, now); });
  }
  void arm_wait(std::size_t me, sleeper& p) {
    const std::int64_t deadline = p.deadline.load(std::memory_order_relaxed);
    worker_timers& mine = all[me];
    worker_timers* holder = p.home ? &all[static_cast<std::size_t>(p.home - 1)] : &mine;
    {
      std::unique_lock guard(holder->timer_lock);
      if (p.queued()) {
        if (p.fire_at <= deadline)
          return;
        holder->wheel_in_use = 1;
        holder->waits.remove(p);
      } else if (holder != &mine) {
        guard.unlock();
        holder = &mine;
        guard = std::unique_lock(holder->timer_lock);
      }
      p.home = static_cast<int>(holder - all.data()) + 1;
      holder->insert(p, deadline);
      holder->note_armed(deadline);
    }
    if (holder != &mine)
      holder->wake_if_later_than(deadline);
  }
  void wait(std::size_t me, sleeper& p, std::int64_t deadline) {
    p.deadline.store(deadline, std::memory_order_relaxed);
    arm_wait(me, p);
    model::check(p.inbox.park(word::tag_of(tag)), "nobody else wakes it");
  }
  // A message came before the deadline.
  void run(sleeper& p) {
    p.inbox.wake_if_parked();
    node* arrived;
    p.inbox.claim(arrived);
    p.deadline.store(never, std::memory_order_relaxed);
  }
  void arm_and_die(std::size_t me, sleeper& p, std::int64_t deadline) {
    p.deadline.store(deadline, std::memory_order_relaxed);
    arm_wait(me, p);
    p.inbox.close(word::tag_of(tag));
    forget(p);
  }
  void forget(sleeper& p) {
    if (!p.home)
      return;
    worker_timers& holder = all[static_cast<std::size_t>(p.home - 1)];
    std::lock_guard guard(holder.timer_lock);
    holder.wheel_in_use = 1;
    if (p.queued())
      holder.waits.remove(p);
    p.home = 0;
  }
};

void must_hold(const model::result& r) {
  INFO(r.failure << r.schedules << " schedules");
  CHECK(r.complete);
}

}  // namespace

TEST_CASE("timers: a worker that goes to sleep and who arms its wheel never miss each other") {
  for (const std::int64_t already : {never, 20 * ms})  // what it would sleep for
    must_hold(model::explore({.preemptions = 3, .stale_loads = 2}, [=](model::program& p) {
      auto w = std::make_shared<workers>();
      auto old = std::make_shared<sleeper>(), who = std::make_shared<sleeper>();
      if (already != never)
        w->wait(0, *old, already);
      w->wait(0, *who, 30 * ms);  // so that its home is there
      w->run(*who);
      p.thread([=] {
        for (std::int64_t now = 10 * ms; now < 13 * ms && who->woken == 0; now += ms) {
          w->all[0].sleep(now);
          w->serve(0, now);
        }
      });
      p.thread([=] { w->wait(1, *who, 10 * ms); });
      p.finally([=] {
        w->serve(0, 13 * ms);
        model::check(who->woken == 1, "it is woken once");
      });
    }));
}

TEST_CASE("timers: two serve one wheel while a third arms it: each fires once, and who looks comes in time") {
  must_hold(model::explore({.preemptions = 3, .stale_loads = 1}, [](model::program& p) {
    auto w = std::make_shared<workers>();
    auto some = std::make_shared<std::array<sleeper, 3>>();
    w->wait(0, (*some)[0], 5 * ms);
    w->wait(0, (*some)[1], 6 * ms);
    for (std::int64_t server = 0; server < 2; ++server)
      p.thread([=] { w->serve(0, (5 + server) * ms); });
    p.thread([=] { w->wait(0, (*some)[2], 5 * ms); });
    p.finally([=] {
      model::check(w->all[0].in_time(), "no timer is later than `due` says");
      w->serve(0, 7 * ms);
      for (sleeper& each : *some)
        model::check(each.woken == 1, "each fires once");
    });
  }));
}

TEST_CASE("timers: a process that waits again elsewhere, while the wheel it was in is served") {
  for (const std::int64_t again : {3 * ms, 8 * ms})  // before and after the node that is still there
    must_hold(model::explore({.preemptions = 4, .stale_loads = 2}, [=](model::program& p) {
      auto w = std::make_shared<workers>();
      auto who = std::make_shared<sleeper>();
      w->wait(0, *who, 5 * ms);
      w->run(*who);
      p.thread([=] {
        w->serve(0, 4 * ms);
        w->serve(0, 5 * ms);
      });
      p.thread([=] { w->wait(1, *who, again); });
      p.finally([=] {
        for (std::size_t i = 0; i < 2; ++i) {
          model::check(w->all[i].in_time(), "no timer is later than `due` says");
          w->serve(i, 10 * ms);
        }
        model::check(who->woken == 1, "it is woken once");
      });
    }));
}

TEST_CASE("timers: after its death no wheel knows a process") {
  must_hold(model::explore({.preemptions = 4, .stale_loads = 2}, [](model::program& p) {
    auto w = std::make_shared<workers>();
    auto who = std::make_shared<sleeper>();
    w->wait(0, *who, 5 * ms);
    w->run(*who);
    p.thread([=] { w->serve(0, 5 * ms); });
    p.thread([=] { w->arm_and_die(1, *who, 7 * ms); });
    p.finally([=] {
      model::check(!who->queued(), "it is in no wheel");
      for (std::size_t i = 0; i < 2; ++i)
        w->serve(i, 10 * ms);
    });
  }));
}
