// The runtime that runs now: schedulers, counts, its first process. How it ends is in ending.cpp.
#pragma once

#include "process/core.hpp"
#include "process/kept_ends.hpp"
#include "process/promised_times.hpp"
#include "sched/scheduler.hpp"

#include <brood/run.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace brood::detail {

class blocking_pool;

class runtime_core {
 public:
  // Throws std::logic_error while another runs.
  runtime_core(const run_options& options, platform& plat);
  ~runtime_core();
  runtime_core(const runtime_core&) = delete;

  // The one that runs, or null. A thread outside may use it only inside a door (door.hpp).
  static runtime_core* get() noexcept { return running_.load(std::memory_order_acquire); }
  // This program was forked from one whose runtime ran: it has none, and can have none.
  static bool in_forked_child() noexcept;
  static void refuse_in_child(const char* call);  // throws std::logic_error there
  static constexpr const char* forked_sentence =
      "this is a forked child: the runtime and its threads are the parent's alone; call exec or _exit after fork(), or fork before "
      "the runtime starts";
  // The clock: its platform's, or the system's when none runs.
  static std::int64_t now() noexcept;
  // A number no other reference has.
  static std::uint64_t next_reference() noexcept;

  // The simulator keeps its runtime from run to run: begin_run makes it the one that runs, as if it were new; end_run lets go of it,
  // with no process left.
  void begin_run();
  void end_run() noexcept;

  // Throws what stood in the way of a thread; whatever was started is ended by the destructor.
  void start();
  // Exit shutdown for all, after their time kill; returns when no process is left and all threads have ended. See lib/DESIGN.md, "How
  // it ends". False: somebody had to be killed, or a thread of blocking(f) was left behind.
  bool stop();

  // Counts of living processes, with a limit: a core keeps a few permits at hand.
  // Throws too_many_processes.
  void take_permit(core* c) {
    if (const std::uint32_t quota = c ? c->quota.load(std::memory_order_relaxed) : 0; quota > 0) [[likely]]
      c->quota.store(quota - 1, std::memory_order_relaxed);
    else
      fetch_permit(c);
  }
  void process_ended(core& c) noexcept {
    const std::uint32_t quota = c.quota.load(std::memory_order_relaxed) + 1;
    c.quota.store(quota, std::memory_order_release);  // whoever counts nobody left sees what the last one did
    if (quota >= most_at_hand_) [[unlikely]]
      return_quota(c, most_at_hand_ / 2);
  }
  void give_permit() noexcept { permits_.fetch_add(1, std::memory_order_acq_rel); }
  void return_quota(core& c, std::uint32_t keep) noexcept;  // from its own thread
  std::size_t living() const noexcept;
  void attendant_ended() noexcept { attendants_.fetch_sub(1, std::memory_order_relaxed); }
  std::size_t max_processes() const noexcept { return max_processes_; }
  // Whom the end kills by now: those who are in no tree, then all. What these spawn is dead at once, or a fork bomb would never end.
  enum class killed : std::uint8_t { nobody, strangers, all };
  killed kills() const noexcept { return kills_.load(std::memory_order_relaxed); }
  // The end has killed p, which had more time if it is in a tree. By p.
  void note_killed(const process_control& p, bool in_tree) noexcept;
  // No newborns any more: for who destroys what is left.
  void refuse_newborns() noexcept { kills_.store(killed::all, std::memory_order_relaxed); }

  // A newborn's end is kept for runtime::wait; or a thread outside waits through it.
  void keep_end(process_control& p) {
    ends->expect(p.self());
    p.kept = true;
  }
  void expect_attendant(process_control& p) noexcept {
    attendants_.fetch_add(1, std::memory_order_relaxed);
    p.attends = true;
  }

  // Spawning from threads that are no cores; under simulation from all.
  std::mutex outside_lock;
  slot_cache outside_slots;

  // The first process: its end is what run() waits for.
  // It may have ended by then, if its end is kept.
  void watch_first(pid first);
  bool is_first(const process_control& p) const noexcept { return p.self().bits() == first_.load(std::memory_order_acquire); }
  // At a death, before others are told: notes how those ended that somebody outside waits for.
  void about_to_tell(process_control& p) {
    if (p.kept || is_first(p))
      note_end(p);
  }
  // Blocks until it has ended. Each interrupt() wakes it; `interrupted` then says whether to send it a shutdown. From then on it has
  // the time that the end gives everybody, then it is killed. False: it does not end.
  bool wait_for_first(const std::function<bool()>& interrupted);
  static void interrupt() noexcept;  // safe in a signal handler, runtime or none
  bool first_has_ended(exit_reason& why);
  bool first_has_ended() const noexcept { return first_ended_.load(std::memory_order_relaxed); }  // from the thread that ran it

  blocking_pool& blocking();

  const std::uint64_t number;  // no two runtimes of a program have the same
  const std::shared_ptr<kept_ends> ends;
  promised_times promises;
  platform& plat;
  scheduler sched;
  const time_limit grace;

 private:
  friend struct debug_layout;

  void claim();
  static void forget_in_child() noexcept;
  bool end_first(pid first);
  void note_end(process_control& p);
  void note_first_end(const exit_reason& why);
  std::int64_t patience() const noexcept;
  void end_processes();
  bool everybody_has_ended();
  void kill_late_ones(struct ending& e);
  void say_who_is_late();
  void say_who_was_killed();
  [[noreturn]] void give_up();

  void fetch_permit(core* c);

  static inline constinit std::atomic<runtime_core*> running_{nullptr};
  std::uint32_t permit_batch_;
  std::uint32_t most_at_hand_;  // a core that comes to so many permits gives half of them back
  std::atomic<std::int64_t> permits_;  // not handed out
  const std::size_t max_processes_;
  std::atomic<std::uint64_t> first_{0};
  std::mutex lock_;
  std::atomic<bool> first_ended_{false};
  exit_reason first_why_;
  std::uint64_t simulated_references_ = 0;  // begin anew with each run
  // An attendant is counted while it is one of the living: from later on, until sooner.
  std::atomic<std::int64_t> attendants_{0};
  std::atomic<killed> kills_{killed::nobody};
  std::size_t killed_ = 0, killed_early_ = 0;  // under lock_; the second: in trees
  std::string killed_list_;  // under lock_: the first of those, by name
  bool stopped_ = false, orderly_ = true;
  std::mutex blocking_lock_;
  std::unique_ptr<blocking_pool> blocking_;
};

}  // namespace brood::detail
