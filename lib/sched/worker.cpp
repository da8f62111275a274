#include "sched/worker.hpp"

#include "sched/time_slice.hpp"
#include "sched/turns.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

namespace brood::detail {

namespace {
// In turns; those that are looked for in `passed` are powers of two.
constexpr std::uint64_t timers_every = 16;    // between two looks at the clock
constexpr std::uint64_t batches_every = 128;  // between two batches of the overflow, where the ring never gets empty
constexpr std::uint64_t normal_per_low = 8;   // of normal priority for one of low
constexpr unsigned spins = 40;              // looks for work before sleeping
// Of one that has nothing to do, at those that run: after that time, twice that time, and so on, so many times; then it sleeps.
constexpr std::int64_t first_look_ns = 50'000;
constexpr unsigned most_looks = 6;
constexpr std::int64_t long_turn_ns = 20'000;  // from there on, who waits in the hand is worth the way to another core
constexpr unsigned most_unwatched = 7;

void pause_a_little() noexcept {
  for (int i = 0; i < 32; ++i)
#if defined(__x86_64__)
    __builtin_ia32_pause();
#else
    asm volatile("" ::: "memory");
#endif
}
}  // namespace

worker::worker(scheduler& s, unsigned i)
    : sched(s), index(i), simulated(s.plat.simulated()), due(no_timer), random_(s.plat.random() | 1) {}
worker::~worker() {
  // Its driver ends all operations: nobody need cancel them, and the list lets go of them.
  for (operation* o = unwanted.exchange(nullptr, std::memory_order_acquire); o != nullptr;) {  // partner: cancel_operation
    operation* const following = o->next_unwanted;
    o->release();
    o = following;
  }
}

void worker::push_elsewhere(runnable* r) {
  if (simulated)
    return sched.plat.push(r);
  overflow_batches::batch b;
  b.count = ring.take_half(b.items, overflow_batches::batch_size - 1);
  b.items[b.count++] = r;
  overflow.put(b);
}

void worker::loop() {
  if (index >= sched.schedulers)
    shorten_time_slice();  // a spare stands in for one that computes on the same processor
  thread_began();
  while (!sched.stopping()) {
    run_hand();
    if (index >= sched.schedulers)
      stand_down_if_too_many();
    else if (index != 0 && sched.one_alone()) [[unlikely]]
      stand_aside();
    runnable* r = next();
    if (r == nullptr && in_hand.next.load(std::memory_order_relaxed) != nullptr)
      continue;  // nothing in the queue after all
    settle_resting();
    if (r == nullptr && (r = find_work()) == nullptr) {
      sleep();
      continue;
    }
    note_dispatch();
    end_turn(r, run(r));
  }
  empty_hand();
  thread_ends();
}

void worker::empty_hand() {
  if (runnable* const r = in_hand.next.load(std::memory_order_relaxed)) {
    in_hand.next.store(nullptr, std::memory_order_relaxed);
    give_up(r, std::exchange(in_hand.message, nullptr));
    push(r);
  }
  settle_resting();
}

// What is not looked at before every entry: timers, entries from outside, the overflow.
runnable* worker::housekeeping() {
  serve_timers();
  poll_io();
  if (runnable* r = sched.injected.pop())
    return r;
  return passed(batches_every) ? take_batch(overflow) : nullptr;
}

inline runnable* worker::next() {
  ++tick_;
  runnable* r = nullptr;
  if (passed(timers_every)) [[unlikely]]
    r = housekeeping();
  if (r == nullptr && !sched.high.empty()) [[unlikely]] {
    r = sched.high.pop();
    empty_hand();  // who waits there can't be asked anything, and high priority may go on for long
  }
  if (r == nullptr && passed(normal_per_low))
    r = sched.low.pop();
  last_look_ = tick_;
  if (r != nullptr)
    return r;
  if (!due_ring.empty() && (due_turn_ = !due_turn_)) [[unlikely]]
    r = due_ring.pop();
  if (r == nullptr && (r = ring.pop()) == nullptr && (r = due_ring.pop()) == nullptr)
    r = take_batch(overflow);
  wake_peer_for_backlog();
  return r;
}

runnable* worker::take_batch(overflow_batches& from) {
  overflow_batches::batch b;
  if (!from.take(b))
    return nullptr;
  runnable* const first = b.items[0];
  std::size_t taken = 1;
  while (taken < b.count && ring.push(b.items[taken]))
    ++taken;
  if (taken < b.count) {  // the ring is fuller than a batch has room for: the rest goes back
    std::copy(b.items + taken, b.items + b.count, b.items);
    b.count -= taken;
    from.put(b);
  }
  return first;
}

// What is to be had elsewhere: the shared queues, other workers' backlog.
runnable* worker::find_work() {
  serve_timers();
  poll_io();
  if (runnable* r = next())
    return r;
  if (runnable* r = sched.injected.pop())
    return r;
  if (runnable* r = steal())
    return r;
  if (runnable* r = take_from_hands())
    return r;
  return sched.low.pop();
}

runnable* worker::steal() {
  const std::size_t n = sched.workers.size();
  random_ = random_ * 6364136223846793005u + 1442695040888963407u;
  const std::size_t start = (random_ >> 33) % n;
  for (std::size_t i = 0; i < n; ++i) {
    worker& victim = *sched.workers[(start + i) % n];
    if (&victim == this)
      continue;
    runnable* taken[128];
    std::uint32_t count = victim.due_ring.take_half(taken, 128);
    if (count == 0)
      count = victim.ring.take_half(taken, 128);
    if (count > 0) {
      for (std::uint32_t k = 1; k < count; ++k)
        push(taken[k]);
      return taken[0];
    }
    if (runnable* r = take_batch(victim.overflow))
      return r;
  }
  return nullptr;
}

// Whom another worker has in hand, if its process has run for a while and goes on.
runnable* worker::take_from_hands() {
  for (const auto& other : sched.workers) {
    if (other.get() == this || other->in_hand.is_empty())
      continue;
    const std::uint64_t turn = other->dispatches.load(std::memory_order_relaxed);
    const auto goes_on = [&] { return other->dispatches.load(std::memory_order_relaxed) == turn && !other->in_hand.is_empty(); };
    const std::int64_t until = sched.plat.now() + long_turn_ns;
    while (goes_on() && sched.plat.now() < until && !sched.stopping())
      pause_a_little();
    const bool pays = goes_on() && sched.take_from_hand(*other);
    sched.useless_looks.store(pays ? 0 : sched.useless_looks.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (pays)
      return sched.injected.pop();
  }
  return nullptr;
}

// The first wake-up after a sleep: if a peer sleeps, it may be for it. Where that was in vain again and again, only now and then.
void worker::be_watched() {
  unwatched_ = false;
  if (unwatched_left_ > 0) {
    --unwatched_left_;
    return;
  }
  unwatched_left_ = std::min(most_unwatched, sched.useless_looks.load(std::memory_order_relaxed));
  sched.wake_one();
}

// Others run: it looks again before the deadline.
std::int64_t worker::next_look(std::int64_t deadline) {
  if (const std::uint64_t ran = dispatches.load(std::memory_order_relaxed); ran != ran_before_) {
    ran_before_ = ran;
    looks_ = 0;
  }
  if (looks_ >= most_looks || !sched.others_run(index))
    return deadline;
  return std::min(deadline, sched.plat.now() + (first_look_ns << looks_++));
}

void worker::wake_peer_for_backlog() {
  if (sched.idle.sleepers() == 0 || tick_ - last_wake_ < wake_every)
    return;
  if (!has_backlog() && sched.injected.empty())
    return;
  last_wake_ = tick_;
  sched.wake_one();
}

// What is ready is told to whoever waits for it: those processes are queued here.
void worker::poll_io() {
  if (io == nullptr || io->under_way() == 0)
    return;
  cancel_unwanted();
  io->poll();
}

void worker::cancel_operation(operation& o) noexcept {
  if (o.unwanted.exchange(true, std::memory_order_relaxed))
    return;  // it is in the list
  o.retain();
  o.next_unwanted = unwanted.load(std::memory_order_relaxed);
  while (!unwanted.compare_exchange_weak(o.next_unwanted, &o, std::memory_order_release, std::memory_order_relaxed)) {
  }  // partner: cancel_unwanted
  if (io != nullptr)
    io->wake();
}

void worker::cancel_unwanted() noexcept {
  if (unwanted.load(std::memory_order_relaxed) == nullptr)
    return;
  operation* o = unwanted.exchange(nullptr, std::memory_order_acquire);  // partner: cancel_operation
  while (o != nullptr) {
    operation* const following = o->next_unwanted;
    if (!o->over)
      io->cancel(*o);
    o->release();
    o = following;
  }
}

void worker::sleep() {
  // With operations under way the kernel is asked at once: it may know of work, and spinning would only delay the look.
  const unsigned looks = io->under_way() != 0 ? 0 : spins;
  for (unsigned i = 0; i < looks; ++i) {
    if (sched.work_visible() || sched.stopping())
      return;
    pause_a_little();
  }
  std::int64_t deadline = next_deadline();
  const std::uint64_t unattended = sched.unattended();
  for (std::uint64_t rest = unattended; rest != 0; rest &= rest - 1) {
    deadline = std::min(deadline, sched.workers[static_cast<unsigned>(__builtin_ctzll(rest))]->next_deadline());
  }
  {
    std::lock_guard guard(timer_lock);
    deadline = std::min(deadline, wheels_want());
    due.store(wheels_want(), std::memory_order_relaxed);
    sleeps_until.store(deadline, std::memory_order_relaxed);
  }
  deadline = next_look(deadline);
  cancel_unwanted();
  sched.idle.announce(index);
  if (!sched.work_visible() && sched.unattended() == unattended && !sched.stopping())
    io->wait(deadline);
  sched.idle.revoke(index);
  {
    std::lock_guard guard(timer_lock);
    sleeps_until.store(0, std::memory_order_relaxed);
  }
  sched.wake_monitor();
  last_wake_ = tick_ - wake_every;
  unwatched_ = true;
}

// What is in the hand and queued goes to everybody.
void worker::give_away_work() {
  empty_hand();
  while (runnable* r = due_ring.pop())
    sched.inject(r);
  while (runnable* r = ring.pop())
    sched.inject(r);
  for (overflow_batches::batch b; overflow.take(b);)
    std::for_each_n(b.items, b.count, [this](runnable* r) { sched.inject(r); });
}

// One runs alone, and serves the timers of this one.
void worker::stand_aside() {
  give_away_work();
  sched.leave_to_others(index);
  while (!sched.stopping() && sched.one_alone()) {
    io->wait(no_timer);
    give_away_work();  // whom an operation woke
  }
  sched.attend_again(index);
}

// A spare that is no longer needed sleeps until the monitor wakes it.
void worker::stand_down_if_too_many() {
  if (!sched.too_many_active())
    return;
  give_away_work();
  sched.active_spares_.fetch_and(~(std::uint64_t{1} << index), std::memory_order_seq_cst);
  while (!sched.stopping() && (sched.active_spares_.load(std::memory_order_seq_cst) & (std::uint64_t{1} << index)) == 0) {
    io->wait(no_timer);
    give_away_work();  // whom an operation woke
  }
}

std::int64_t worker::wheels_want() const noexcept { return std::min(waits.next_deadline(), sends.next_deadline()); }

std::int64_t worker::next_deadline() {
  std::lock_guard guard(timer_lock);
  const std::int64_t when = wheels_want();
  due.store(when, std::memory_order_relaxed);  // a crowded slot wants to be served earlier than its first timer
  return when;
}

worker& worker::timers() noexcept { return index < sched.schedulers ? *this : *sched.workers[index % sched.schedulers]; }

void worker::wake_if_later_than(std::int64_t when) noexcept {
  if (sleeps_until.load(std::memory_order_relaxed) > when && io)
    io->wake();
}

void worker::note_armed(std::int64_t when) noexcept {
  if (when < due.load(std::memory_order_relaxed))
    due.store(when, std::memory_order_relaxed);
}
void worker::note_served() noexcept { due.store(wheels_want(), std::memory_order_relaxed); }

void worker::serve_timers() {
  std::int64_t now = 0;
  if (due.load(std::memory_order_relaxed) != no_timer) {
    now = sched.plat.now();
    serve_timers_of(*this, now);
  }
  for (std::uint64_t rest = sched.unattended(); rest != 0; rest &= rest - 1) {
    if (now == 0)
      now = sched.plat.now();
    serve_timers_of(*sched.workers[static_cast<unsigned>(__builtin_ctzll(rest))], now);
  }
}

// They wait in the wheel, in order, until there is room in their ring. A simulated platform asks for all.
std::size_t worker::expired_at_once() const noexcept {
  return simulated ? std::numeric_limits<std::size_t>::max() : std::max(1u, decltype(due_ring)::capacity - due_ring.size());
}

void worker::serve_timers_of(worker& holder, std::int64_t now) {
  if (holder.due.load(std::memory_order_relaxed) > now)
    return;
  if (holder.timer_lock.try_lock()) {
    holder.waits.advance(now, [&](timer_node& node) { wait_expired(holder, node, now); }, expired_at_once());
    holder.note_served();
    holder.timer_lock.unlock();
  }
  send_expired(holder, now);
}

}  // namespace brood::detail
