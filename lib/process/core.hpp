// A scheduler's process side: what the running process needs at hand, without atomics.
#pragma once

#include "process/process_control.hpp"
#include "process/process_table.hpp"
#include "sched/platform.hpp"
#include "sched/worker.hpp"

#include <atomic>
#include <cstdint>
#include <exception>

namespace brood::detail {

class core final : public worker {
 public:
  core(scheduler& sched, unsigned index);

  bool run(runnable* r) override;
  void run_hand() override;
  void give_up(runnable* next, envelope* message) override;
  bool settle(runnable* resting) override;
  void wait_expired(worker& holder, timer_node& node, std::int64_t now) override;
  void send_expired(worker& holder, std::int64_t now) override;
  void thread_began() override;
  void thread_ends() override;

  // Queues a process by its priority.
  void enqueue(process_control& p);
  // The running process is given up to its queue.
  void requeue(process_control& p);
  // Gives the message to `to` by hand, if that rests here and nothing else has been sent to it.
  bool hand_over(pid to, envelope* e) noexcept {
    if (!may_take || !rests_here(to))
      return false;
    in_hand.lock.take();
    return give(to, e);
  }
  // The same without a call, but gives up, too, where the lock is not to be had at once.
  bool hand_over_at_once(pid to, envelope* e) noexcept {
    return may_take && rests_here(to) && in_hand.lock.try_take() && give(to, e);
  }
  // p was roused, with this message, and the hand is free: it runs next here.
  void take(process_control& p, envelope* e) noexcept;
  // A newborn that nobody knows yet: runs next here, or is queued.
  void welcome(process_control& p);

  process_control* current = nullptr;  // the running process
  std::int64_t budget = 0;             // what is left of its turn
  std::int64_t charged = 0;            // the budget up to which its work is in p.reductions
  bool may_take = false;               // a process runs that may send, and the hand has room for one that it wakes
  bool in_user_code = false;           // under simulation: an allocation may fail
  std::exception_ptr failure;          // of the wait that is about to end
  slot_cache slots;
  // Processes this core may still spawn before it asks the runtime. Written by its thread, read by whoever counts the living.
  std::atomic<std::uint32_t> quota{0};

 private:
  void begin_turn(process_control& p, bool hand_is_empty) noexcept;
  bool turn(process_control& p, envelope* arrived);
  void take_in_signals(runnable* entry);
  void leave_to_own_turn(process_control& p, priority asker);
  void end_turn() noexcept;
  process_control* resting() noexcept { return static_cast<process_control*>(in_hand.resting.load(std::memory_order_relaxed)); }
  bool rests_here(pid to) noexcept {
    const process_control* const p = resting();
    return p && p->id.load(std::memory_order_relaxed) == to.bits();
  }
  // Under the lock, which it leaves: the monitor may have been here since.
  bool give(pid to, envelope* e) noexcept {
    process_control* const p = resting();
    const bool rests = rests_here(to) && p->inbox.is_untouched();
    if (rests) [[likely]] {
      in_hand.resting.store(nullptr, std::memory_order_relaxed);
      e->next = nullptr;
      put_in_hand(*p, e);
    }
    in_hand.lock.leave();
    return rests;
  }
  void put_in_hand(process_control& p, envelope* e) noexcept {
    in_hand.next.store(&p, std::memory_order_relaxed);
    in_hand.message = e;
    may_take = false;
  }

  const std::int64_t turn_;  // a turn's budget, where it is always the same
};

// Some process has, or has had, another priority than normal. Relaxed: who has a pid of one learned it after this was set.
inline constinit std::atomic<bool> priorities_differ{false};
inline void set_level(process_control& p, priority level) noexcept {
  if (level != priority::normal)
    priorities_differ.store(true, std::memory_order_relaxed);
  p.prio.store(level, std::memory_order_relaxed);
}

// The core of this thread, or null. Never inlined: a coroutine that moved to another thread must not see the old one's.
[[gnu::noinline]] core* this_core() noexcept;
void set_this_core(core* c) noexcept;

// The same for functions of the library that are no coroutines and are not inlined into one: a load instead of a call.
extern constinit thread_local core* this_thread_core [[gnu::tls_model("initial-exec")]];
inline core* core_here() noexcept { return this_thread_core; }

// Under simulation: lets processes on other virtual schedulers run between two steps of this one.
[[gnu::cold]] void interleave() noexcept;
inline void others_may_run() noexcept {
  if (simulating()) [[unlikely]]
    interleave();
}
// Under simulation: tells the story.
[[gnu::cold]] void note(happening what, process_control* who, std::uint64_t other = 0, const envelope* e = nullptr) noexcept;

// Adds the work done since to the process's count.
inline void charge(core& c, process_control& p) noexcept {
  p.reductions += static_cast<std::uint64_t>(c.charged - c.budget);
  c.charged = c.budget;
}

// The running process, or null.
inline process_control* running_process() noexcept {
  core* c = this_core();
  return c ? c->current : nullptr;
}
// … or not_a_process is thrown, naming the function that needs one.
process_control& require_process(const char* what);
// What the running process asks for is dropped: it is condemned.
inline bool runs_muted() noexcept {
  const process_control* p = running_process();
  return p && p->muted();
}

}  // namespace brood::detail
