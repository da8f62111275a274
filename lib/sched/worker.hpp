// One scheduler: a thread, its run queue, its timers, its way to sleep.
//
// Owner-only unless said otherwise. Stealable by others at any time: ring, overflow. The monitor reads dispatches, moves and stuck,
// and takes what is in the hand of a worker that is stuck. The timers are under timer_lock, held only inside the runtime, so anybody
// may serve them then.
#pragma once

#include "base/spinlock.hpp"
#include "sched/driver.hpp"
#include "sched/hand.hpp"
#include "sched/overflow.hpp"
#include "sched/run_ring.hpp"
#include "sched/wheel.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace brood::detail {

class scheduler;

class worker {
 public:
  worker(scheduler& sched, unsigned index);
  virtual ~worker();

  // Runs one entry of a queue, or finds it stale. True: it rests now.
  virtual bool run(runnable* r) = 0;
  // Takes turns from the hand as long as hand_turns allows.
  virtual void run_hand() = 0;
  // Of those that were in this worker's hand, called by its thread or for it: makes an entry for a queue of it. `settle` may put it
  // to sleep instead: false.
  virtual void give_up(runnable* next, envelope* message) = 0;
  virtual bool settle(runnable* resting) = 0;
  // Under timer_lock of the worker that held the node: a process's wait may be over.
  virtual void wait_expired(worker& holder, timer_node& node, std::int64_t now) = 0;
  // Serves the timers that send messages. Takes timer_lock itself.
  virtual void send_expired(worker& holder, std::int64_t now) = 0;
  virtual void thread_began() = 0;
  virtual void thread_ends() = 0;

  // Queues r at the tail.
  void push(runnable* r) {
    if (simulated || !ring.push(r)) [[unlikely]]
      push_elsewhere(r);
  }

  // Queues r, whom a timer woke.
  void push_due(runnable* r) {
    if (simulated || !due_ring.push(r)) [[unlikely]]
      push(r);
  }

  void loop();

  // Serves timers that are due, this worker's and those of workers that don't.
  void serve_timers();
  void serve_timers_of(worker& holder, std::int64_t now);
  // When this worker's wheels want to be served next; serve_timers at that time makes progress.
  std::int64_t next_deadline();
  // Under timer_lock, after an insertion and after serving: keeps `due` no later than the earliest deadline.
  void note_armed(std::int64_t when) noexcept;
  void note_served() noexcept;
  // After an insertion at `when` under timer_lock, and after releasing it: wakes the thread if it sleeps past that.
  void wake_if_later_than(std::int64_t when) noexcept;
  // Has an operation of this worker's driver cancelled. Any thread; it may have completed meanwhile.
  void cancel_operation(operation& o) noexcept;
  // Which worker's wheels this one arms: its own; a spare uses a scheduler's.
  worker& timers() noexcept;

  scheduler& sched;
  const unsigned index;
  const bool simulated;  // the platform has the run queue

  spinlock timer_lock;
  timer_wheel waits;  // one node a waiting process
  timer_wheel sends;  // send_after and its kin

  hand in_hand;
  std::atomic<std::uint64_t> dispatches{0};
  std::atomic<std::uint64_t> moves{0};  // turns of processes that ran elsewhere before
  std::atomic<bool> stuck{false};
  std::atomic<std::int64_t> sleeps_until{0};
  std::atomic<operation*> unwanted{nullptr};  // a list of operations to cancel; pushed by anybody, taken by the owner
  std::atomic<std::int64_t> due;  // no timer before that: a look without the lock
  run_ring<> ring;
  run_ring<64> due_ring;  // whom a timer woke: they take turns with all others, so no backlog keeps them waiting
  overflow_batches overflow;
  std::unique_ptr<driver> io;
  std::uint64_t seen_dispatches = 0;  // the monitor's

 protected:
  // sched/turns.hpp
  class hand_turns;
  runnable* begin_hand_turn(envelope*& message) noexcept;
  void note_dispatch() noexcept;
  void note_move() noexcept;
  void end_turn(runnable* r, bool rests);
  void settle_resting();
  // Somebody was put in the hand: if a peer sleeps, it looks whether the process that runs now goes on for long.
  void note_in_hand() {
    if (unwatched_) [[unlikely]]
      be_watched();
  }
  // A peer, now and then, when something is queued here that this worker does not run next.
  void wake_peer_for_backlog();

 private:
  static constexpr std::uint64_t wake_every = 64;  // turns between two wake-ups of a peer: each costs the waker microseconds
  static constexpr unsigned turns_from_hand = 3;  // in a row, while a queue waits
  static constexpr unsigned turns_until_looks = 15;  // in a row, at most

  std::int64_t wheels_want() const noexcept;  // under timer_lock
  std::size_t expired_at_once() const noexcept;
  void empty_hand();
  void give_away_work();
  runnable* next();
  runnable* find_work();
  runnable* take_batch(overflow_batches& from);
  runnable* steal();
  runnable* take_from_hands();
  void be_watched();
  std::int64_t next_look(std::int64_t deadline);
  void push_elsewhere(runnable* r);
  runnable* housekeeping();
  bool has_backlog() const noexcept { return !ring.empty() || !due_ring.empty() || !overflow.empty(); }
  void poll_io();
  void cancel_unwanted() noexcept;
  void sleep();
  void stand_down_if_too_many();
  void stand_aside();

  bool passed(std::uint64_t interval) const noexcept { return (tick_ ^ last_look_) >= interval; }

  std::uint64_t tick_ = 0;  // turns, and looks for one
  std::uint64_t last_look_ = 0;  // at the queues: the tick of the one before
  std::uint64_t last_wake_ = std::uint64_t{0} - wake_every;
  std::uint64_t random_;
  bool due_turn_ = false;  // whom a timer woke is next, not the ring's oldest
  bool unwatched_ = true;  // nobody was put in the hand since this worker last slept
  unsigned unwatched_left_ = 0;  // times that nobody need look
  unsigned looks_ = 0;  // at the others, in a row, without having run anything
  std::uint64_t ran_before_ = 0;
};

}  // namespace brood::detail
