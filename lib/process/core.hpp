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

  void run(runnable* r) override;
  void wait_expired(timer_node& node, std::int64_t now) override;
  void send_expired(worker& holder, std::int64_t now) override;
  void thread_began() override;
  void thread_ends() override;

  // Queues a process that was woken by a message: next if this core's process sent it, by priority if it has one.
  void enqueue_woken(process_control& p) {
    if (p.prio == priority::normal && current) [[likely]]
      return push_next(&p);
    enqueue(p);
  }
  void enqueue(process_control& p);

  process_control* current = nullptr;  // the running process
  std::int32_t budget = 0;             // what is left of its turn
  std::int32_t charged = 0;            // the budget up to which its work is in p.reductions
  bool in_user_code = false;           // under simulation: an allocation may fail
  std::exception_ptr failure;          // of the wait that is about to end
  slot_cache slots;
  // Processes this core may still spawn before it asks the runtime. Written by its thread, read by whoever counts the living.
  std::atomic<std::uint32_t> quota{0};

 private:
  const std::uint32_t turn_;  // a turn's budget, where it is always the same
};

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

}  // namespace brood::detail
