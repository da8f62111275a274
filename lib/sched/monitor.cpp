// The monitor thread: notices schedulers whose process does not yield, and has others stand in for them; and lets one work alone
// where two do less.
//
// It looks every 2 ms while anything runs and parks when all workers have slept for a while, so an idle program wakes nobody.
#include "sched/scheduler.hpp"

#include <bit>
#include <chrono>
#include <exception>
#include <mutex>
#include <utility>

namespace brood::detail {

namespace {
constexpr auto period = std::chrono::milliseconds(2);
constexpr int quiet_periods = 10;  // before parking
}  // namespace

void scheduler::wake_monitor() noexcept {
  if (!monitor_parked_.load(std::memory_order_seq_cst))  // after the worker cleared its idle bit; partner: monitor_loop
    return;
  std::lock_guard guard(monitor_lock_);
  monitor_parked_.store(false, std::memory_order_relaxed);
  monitor_wakes_.notify_one();
}

bool scheduler::takes_part(std::size_t i) const noexcept {
  return has_thread_[i] && (i < schedulers || (active_spares_.load(std::memory_order_relaxed) >> i & 1) != 0);
}

bool scheduler::all_asleep() const noexcept {
  std::uint64_t awake = 0;
  for (std::size_t i = 0; i < workers.size(); ++i)
    if (takes_part(i))
      awake |= std::uint64_t{1} << i;
  return (awake & ~idle.sleepers()) == 0;
}

void scheduler::monitor_loop() {
  int quiet = 0;
  std::unique_lock guard(monitor_lock_);
  while (!stopping()) {
    if (quiet >= quiet_periods) {
      monitor_parked_.store(true, std::memory_order_seq_cst);  // then look at the mask: a worker does it the other way round
      if (all_asleep())
        monitor_wakes_.wait(guard, [this] { return stopping() || !monitor_parked_.load(std::memory_order_relaxed); });
      monitor_parked_.store(false, std::memory_order_relaxed);
      quiet = 0;
    }
    monitor_wakes_.wait_for(guard, period);
    if (stopping())
      return;
    compact();
    bool all_idle = true;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      if (!takes_part(i) || (idle.sleepers() >> i & 1) != 0)
        continue;
      all_idle = false;
      if ((aside_.load(std::memory_order_relaxed) >> i & 1) == 0)
        look_after(*workers[i]);
    }
    quiet = all_idle ? quiet + 1 : 0;
  }
}

// Lets all but the first worker stand aside, or calls them back.
void scheduler::compact() {
  if (schedulers == 1)
    return;
  compaction::work now{0, 0, plat.now()};
  for (const auto& w : workers) {
    now.turns += w->dispatches.load(std::memory_order_relaxed);
    now.moves += w->moves.load(std::memory_order_relaxed);
  }
  const compaction::work last = std::exchange(seen_work_, now);
  const compaction::work done{now.turns - last.turns, now.moves - last.moves, now.ns - last.ns};
  const bool alone = plat.one_alone(compaction_, done);
  const bool was_alone = one_alone_.exchange(alone, std::memory_order_seq_cst);
  if (alone || !was_alone)
    return;
  // After the exchange; a worker that stands aside does it the other way round, so one of the two sees the other.
  for (std::uint64_t rest = aside_.load(std::memory_order_seq_cst); rest != 0; rest &= rest - 1)
    workers[static_cast<unsigned>(std::countr_zero(rest))]->io->wake();
}

// Same entry as last time: its process holds the thread. Its backlog is stealable; what it has in hand is handed on; its timers are
// served by whoever sees it in the stuck mask; and if nobody sleeps, a spare takes its place.
void scheduler::look_after(worker& w) {
  const std::uint64_t count = w.dispatches.load(std::memory_order_relaxed);
  if (count != w.seen_dispatches || w.in_hand.lock.held()) {
    w.seen_dispatches = count;
    return;
  }
  if (!w.stuck.load(std::memory_order_relaxed)) {
    w.stuck.store(true, std::memory_order_relaxed);
    stuck_mask_.fetch_or(std::uint64_t{1} << w.index, std::memory_order_acq_rel);
  }
  take_from_hand(w);
  bool timers_pending = false;
  {
    std::lock_guard guard(w.timer_lock);
    timers_pending = !w.waits.empty() || !w.sends.empty();
  }
  if (!timers_pending && !work_visible())
    return;
  if (idle.sleepers() != 0)
    wake_one();  // it sees the stuck mask, steals, and minds the timers
  else if (std::popcount(active_spares_.load(std::memory_order_relaxed)) < std::popcount(stuck_mask()))
    bring_spare();
}

bool scheduler::take_from_hand(worker& w) {
  hand& h = w.in_hand;
  std::unique_lock one_at_a_time(rescue_, std::try_to_lock);
  if (h.is_empty() || !one_at_a_time || !h.lock.seize())
    return false;
  runnable* const next = h.next.exchange(nullptr, std::memory_order_relaxed);
  runnable* const resting = h.resting.exchange(nullptr, std::memory_order_relaxed);
  envelope* const message = std::exchange(h.message, nullptr);
  h.lock.give_back();
  one_at_a_time.unlock();
  if (next != nullptr) {
    w.give_up(next, message);
    injected.push(next);
  }
  if (resting != nullptr && w.settle(resting))
    injected.push(resting);
  return next != nullptr || resting != nullptr;
}

void scheduler::bring_spare() {
  for (std::size_t i = schedulers; i < workers.size(); ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (active_spares_.load(std::memory_order_relaxed) & bit)
      continue;
    active_spares_.fetch_or(bit, std::memory_order_seq_cst);
    if (has_thread_[i])
      return workers[i]->io->wake();
    try {
      start_thread(*workers[i]);
    } catch (const std::exception&) {  // no memory, or no thread to be had: the next look tries again
      active_spares_.fetch_and(~bit, std::memory_order_seq_cst);
    }
    return;
  }
}

}  // namespace brood::detail
