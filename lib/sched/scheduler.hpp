// All workers, what they share, and the monitor thread that notices the ones that are stuck.
#pragma once

#include "sched/compaction.hpp"
#include "sched/idle_mask.hpp"
#include "sched/platform.hpp"
#include "sched/shared_queue.hpp"
#include "sched/worker.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <pthread.h>

namespace brood::detail {

class scheduler {
 public:
  struct settings {
    std::size_t workers = 1;
    std::size_t spares = 0;
    std::size_t stack_size = 0;
    driver_kind io = driver_kind::automatic;
  };
  using worker_factory = std::unique_ptr<worker> (*)(scheduler&, unsigned index);

  // Throws std::runtime_error when the forced back end is impossible. Starts nothing under simulation.
  scheduler(const settings& s, platform& p, worker_factory make);
  ~scheduler();

  void start();
  // Ends all threads after the entry they run. Called once no process is left, or before the process table is torn down.
  void stop();

  // From threads that are no workers, and for a rescuer's finds. Wakes a sleeper.
  void inject(runnable* r);
  // Any thread: the signals of r are taken in soon; `high`: before anything of normal priority is run.
  void inject_for_signals(runnable* r, bool high);
  void wake_one() noexcept;
  // Called by a worker that leaves idleness: the monitor may be parked.
  void wake_monitor() noexcept;

  bool stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }
  // Work that nobody has claimed, as far as can be seen.
  bool work_visible() const noexcept;
  // Workers whose process has not yielded for long.
  std::uint64_t stuck_mask() const noexcept { return stuck_mask_.load(std::memory_order_acquire); }
  void unstick(worker& w) noexcept;
  // All but the first worker are to stand aside.
  bool one_alone() const noexcept { return one_alone_.load(std::memory_order_seq_cst); }
  // By a worker that stands aside, before and after: others serve its timers meanwhile.
  void leave_to_others(unsigned index) noexcept;
  void attend_again(unsigned index) noexcept;
  // Workers whose timers others serve.
  std::uint64_t unattended() const noexcept {
    return stuck_mask() | aside_.load(std::memory_order_seq_cst);  // partner: leave_to_others
  }
  // A worker beside this one is awake.
  bool others_run(unsigned index) const noexcept;
  // Of a worker whose process runs on and on: what it has in hand is injected. True: there was something. Any thread.
  bool take_from_hand(worker& w);
  // A spare may go back to sleep: enough others run.
  bool too_many_active() const noexcept;

  platform& plat;
  idle_mask<> idle;
  shared_queue injected;
  shared_queue high;
  shared_queue low;
  std::vector<std::unique_ptr<worker>> workers;  // schedulers first, then spares
  std::size_t schedulers = 1;
  std::atomic<unsigned> useless_looks{0};  // at hands, since the last that found a process to run
  std::string io_note;                   // why io_uring is not used, for one log line

 private:
  friend struct debug_layout;
  void start_thread(worker& w);
  void monitor_loop();
  bool all_asleep() const noexcept;
  void look_after(worker& w);
  void bring_spare();
  void compact();
  bool takes_part(std::size_t i) const noexcept;

  settings settings_;
  spinlock rescue_;  // one at a time takes from a hand: its lock is for two
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> stuck_mask_{0};
  std::atomic<std::uint64_t> active_spares_{0};
  std::atomic<bool> one_alone_{false};
  std::atomic<std::uint64_t> aside_{0};
  compaction compaction_;       // the monitor's, with what it saw last
  compaction::work seen_work_;
  std::vector<pthread_t> threads_;
  std::vector<bool> has_thread_;
  std::mutex threads_lock_;
  std::thread monitor_;
  std::mutex monitor_lock_;
  std::condition_variable monitor_wakes_;
  std::atomic<bool> monitor_parked_{false};
  friend class worker;
};

}  // namespace brood::detail
