// The runtime that runs now: schedulers, counts, and how it ends.
#pragma once

#include "process/core.hpp"
#include "process/kept_ends.hpp"
#include "sched/scheduler.hpp"

#include <brood/run.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include <semaphore.h>

namespace brood::detail {

class blocking_pool;

class runtime_core {
 public:
  // Throws std::logic_error while another runs.
  runtime_core(const run_options& options, platform& plat);
  ~runtime_core();
  runtime_core(const runtime_core&) = delete;

  // The one that runs, or null.
  static runtime_core* get() noexcept;
  // The clock: its platform's, or the system's when none runs.
  static std::int64_t now() noexcept;
  // A number no other reference has.
  static std::uint64_t next_reference() noexcept;

  // The simulator keeps its runtime from run to run: begin_run makes it the one that runs, as if it were new; end_run lets go of it,
  // with no process left.
  void begin_run();
  void end_run() noexcept;

  void start() { sched.start(); }
  // Exit shutdown for all, after the grace kill; returns when no process is left and all threads have ended.
  void stop();

  // Counts of living processes, with a limit: a core keeps a few permits at hand.
  void take_permit(core* c);  // throws too_many_processes
  void process_ended(core& c) noexcept;
  void give_permit() noexcept { permits_.fetch_add(1, std::memory_order_acq_rel); }
  void return_quota(core& c, std::uint32_t keep) noexcept;  // from its own thread
  std::size_t living() const noexcept;
  std::size_t max_processes() const noexcept { return max_processes_; }
  // The end has come to where all are killed: what a process spawns from then on is dead at once, or a fork bomb would never end.
  bool killing_all() const noexcept { return killing_all_.load(std::memory_order_relaxed); }

  // Spawning from threads that are no cores; under simulation from all.
  std::mutex outside_lock;
  slot_cache outside_slots;

  // The first process: its end is what run() waits for.
  void watch_first(pid first) noexcept { first_.store(first.bits(), std::memory_order_release); }
  bool is_first(const process_control& p) const noexcept { return p.self().bits() == first_.load(std::memory_order_acquire); }
  // At a death, before others are told: notes how those ended that somebody outside waits for.
  void about_to_tell(process_control& p) {
    if (p.kept || is_first(p))
      note_end(p);
  }
  // Blocks until it has ended. Each interrupt() wakes it; `interrupted` then says whether to send it a shutdown.
  exit_reason wait_for_first(const std::function<bool()>& interrupted);
  void interrupt() noexcept { sem_post(&gate_); }  // safe in a signal handler
  bool first_has_ended(exit_reason& why);
  bool first_has_ended() const noexcept { return first_ended_.load(std::memory_order_relaxed); }  // from the thread that ran it

  blocking_pool& blocking();

  kept_ends ends;
  platform& plat;
  scheduler sched;
  const time_limit grace;

 private:
  void claim();
  void note_end(process_control& p);
  template <class Send>
  void broadcast(Send send);
  bool wait_until_empty(std::int64_t for_ns);
  [[noreturn]] void give_up();

  std::uint32_t permit_batch_;
  std::atomic<std::int64_t> permits_;  // not handed out
  const std::size_t max_processes_;
  std::atomic<std::uint64_t> first_{0};
  std::mutex lock_;
  sem_t gate_;
  std::atomic<bool> first_ended_{false};
  exit_reason first_why_;
  std::uint64_t simulated_references_ = 0;  // begin anew with each run
  std::atomic<bool> killing_all_{false};
  bool stopped_ = false;
  std::mutex blocking_lock_;
  std::unique_ptr<blocking_pool> blocking_;
};

}  // namespace brood::detail
