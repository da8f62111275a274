#include "process/timers.hpp"

#include "process/door.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/tables.hpp"
#include "process/timer_book.hpp"

#include <brood/errors.hpp>
#include <brood/timers.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <stdexcept>
#include <utility>

namespace brood {

namespace detail {

namespace {

worker& arming_worker() {
  if (core* c = this_core())
    return c->timers();
  return *runtime_core::get()->sched.workers[0];
}

std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? no_deadline : sum;
}

process_clock::duration left_until(const timer_node& timer) {
  return process_clock::duration(std::max<std::int64_t>(0, timer.fire_at - runtime_core::now()));
}

}  // namespace

std::int64_t deadline_from_now(time_limit limit) noexcept { return saturated_sum(runtime_core::now(), limit.count()); }

std::int64_t deadline_after(time_limit limit, bool zero_is_bad) {
  if (limit.negative())
    throw std::invalid_argument("brood: a timer's time can't be negative");
  if (zero_is_bad && limit.count() == 0)
    throw std::invalid_argument("brood: what is repeated needs an interval above zero");
  return limit.infinite() ? no_deadline : deadline_from_now(limit);
}

timer_ref new_timer_ref() {
  process_control* p = running_process();
  const std::uint64_t number = runtime_core::next_reference();
  if (p)
    p->queue.note_reference(number);
  return id_access::make_timer_ref(number, p ? p->self() : pid{});
}

void arm_timer(timer_ref ref, std::int64_t deadline, destination to, envelope_ptr message, std::int64_t period, copy_message copy) {
  if (runs_muted())
    return;
  const visit inside(visitors_door);
  if (!inside) {
    if (runtime_core::get())
      return;  // it ends: nobody is left whom the timer could reach
    throw not_a_process("a timer");
  }
  auto timer =
      std::make_shared<send_timer>(id_access::number(ref), std::move(to), std::move(message), period, copy, arming_worker());
  const pid target = timer->target;
  process_table& table = process_table::instance();
  if (target) {
    process_control* const p = table.tenant(target);
    if (!p)
      return;  // it is dead: as if its death had cancelled the timer
    keep_in(*p, in_table::timers);
  }
  {
    timer_book& book = timer_book::instance();
    std::lock_guard guard(book.lock);
    book.add(timer);
    if (deadline != no_deadline)
      book.start(*timer, deadline);
  }
  timer->holder.wake_if_later_than(deadline);
  if (target && !table.alive(target))  // partner: death
    cancel_timer(ref);
}

void arm_deadline(core& c, process_control& p) {
  const std::int64_t deadline = begin_deadline(p);
  if (p.held)
    return;  // its time runs, but it is looked at when it may go on
  worker& mine = c.timers();
  const std::uint8_t home = p.timer_home().load(std::memory_order_relaxed);
  worker* holder = home != 0 ? c.sched.workers[home - 1u].get() : &mine;
  {
    std::unique_lock guard(holder->timer_lock);
    if (p.node().queued()) {
      if (p.node().fire_at <= deadline)
        return;  // fires no later than needed, and looks at the deadline then
      holder->waits.remove(p.node());
    } else if (holder != &mine) {
      guard.unlock();
      holder = &mine;
      guard = std::unique_lock(holder->timer_lock);
    }
    p.timer_home().store(static_cast<std::uint8_t>(holder->index + 1), std::memory_order_relaxed);
    holder->waits.insert(p.node(), deadline);
    holder->note_armed(deadline);
  }
  if (holder != &c)
    holder->wake_if_later_than(deadline);
}

void core::wait_expired(worker& holder, timer_node& node, std::int64_t now) {
  auto& p = static_cast<process_control&>(static_cast<process_timer&>(node));
  const std::int64_t deadline = p.deadline.load(std::memory_order_relaxed);
  if (deadline == no_deadline || deadline < 0)
    return;  // that wait is over; the next one with a deadline arms when it sleeps
  if (deadline > now) {
    holder.waits.insert(node, deadline);
    return;
  }
  if (p.inbox.wake_if_parked()) {
    p.timer_home().store(0, std::memory_order_relaxed);  // its node is in no wheel: it need not look
    if (p.level() != priority::normal)
      return enqueue(p);
    push_due(&p);
    if (in_hand.next.load(std::memory_order_relaxed) != nullptr)  // as in enqueue
      wake_peer_for_backlog();
    return;
  }
  // Another worker may be about to park it, and have found this node still in place: then nobody else would wake it.
  constexpr std::int64_t until_parked = 100'000;
  if (!p.inbox.is_queued())
    holder.waits.insert(node, now + until_parked);
}

// A scheduler serves timers between turns. However many are due, and were they due anew each time, turns must come in between.
constexpr std::size_t sends_at_once = 64;

namespace {

// Firing runs user code: copies, destructors, operators of keys. Meanwhile the monitor treats this worker as one that runs a process:
// if it takes long, others do the worker's work.
class outside_the_runtime {
 public:
  explicit outside_the_runtime(core& c) noexcept : core_(c) { core_.in_hand.lock.leave(); }
  outside_the_runtime(const outside_the_runtime&) = delete;
  ~outside_the_runtime() {
    core_.in_hand.lock.take();
    if (core_.stuck.load(std::memory_order_relaxed))
      core_.sched.unstick(core_);
  }

 private:
  core& core_;
};

// Empty: nobody is there, which for an operator of a key that throws is the same.
std::optional<pid> target_of(const send_timer& timer) noexcept {
  try {
    const std::optional<pid> to = timer.to.find();
    return timer.target && !process_table::instance().alive(timer.target) ? std::nullopt : to;
  } catch (...) {
    return std::nullopt;
  }
}

// Null: its copy constructor threw, and there is no message this time.
envelope_ptr next_message(const send_timer& timer) noexcept {
  try {
    return envelope_ptr(timer.copy(*timer.message));
  } catch (...) {
    return nullptr;
  }
}

void fire_once(send_timer& timer) noexcept {
  if (const std::optional<pid> to = target_of(timer))
    transmit_always(*to, timer.message.release());
}

// It stays in the book meanwhile, and may be cancelled.
void fire_again(send_timer& timer, std::int64_t now) noexcept {
  timer_book& book = timer_book::instance();
  timer_ptr removed;
  const std::optional<pid> to = target_of(timer);
  envelope_ptr message = to ? next_message(timer) : nullptr;
  {
    std::lock_guard guard(book.lock);
    if (!book.find(timer.number))
      return;
    if (to)
      book.start(timer, std::max(saturated_sum(timer.fire_at, timer.period), now + 1));
    else
      removed = book.remove(timer.number);
  }
  if (message)
    transmit_always(*to, message.release());
}

}  // namespace

void core::send_expired(worker& holder, std::int64_t now) {
  std::array<std::uint64_t, sends_at_once> due;
  std::size_t count = 0;
  {
    std::lock_guard guard(holder.timer_lock);
    if (holder.sends.empty())
      return;
    holder.sends.advance(now, [&](timer_node& node) { due[count++] = static_cast<send_timer&>(node).number; }, sends_at_once);
    holder.note_served();
  }
  if (count == 0)
    return;
  const outside_the_runtime outside(*this);
  timer_book& book = timer_book::instance();
  for (const std::uint64_t number : std::span(due.data(), count)) {
    timer_ptr timer;
    {
      std::lock_guard guard(book.lock);
      timer = book.find(number);
      if (timer && timer->period == 0)
        book.remove(number);
    }
    if (timer)  // else it was cancelled meanwhile
      timer->period == 0 ? fire_once(*timer) : fire_again(*timer, now);
  }
}

void leave_wheel(process_control& p, std::uint8_t home) noexcept {
  worker& holder = *runtime_core::get()->sched.workers[home - 1u];
  std::lock_guard guard(holder.timer_lock);
  if (p.node().queued())
    holder.waits.remove(p.node());
  p.timer_home().store(0, std::memory_order_relaxed);
}

void cancel_timers_to(pid target) noexcept {
  timer_book& book = timer_book::instance();
  for (;;) {
    timer_ptr cancelled;  // destroyed outside the lock
    std::lock_guard guard(book.lock);
    cancelled = book.remove_one_to(target);
    if (!cancelled)
      return;
  }
}

std::size_t timers_armed() noexcept {
  timer_book& book = timer_book::instance();
  std::lock_guard guard(book.lock);
  return book.size();
}

void drop_all_timers() noexcept {
  timer_book& book = timer_book::instance();
  for (;;) {
    timer_ptr dropped;  // destroyed outside the lock
    std::lock_guard guard(book.lock);
    dropped = book.remove_any();
    if (!dropped)
      return;
  }
}

}  // namespace detail

using namespace detail;

std::optional<process_clock::duration> cancel_timer(timer_ref ref) {
  const visit inside(visitors_door);
  if (!inside)
    return std::nullopt;
  timer_book& book = timer_book::instance();
  timer_ptr timer;
  {
    std::lock_guard guard(book.lock);
    timer = book.remove(id_access::number(ref));
  }
  return timer ? std::optional(left_until(*timer)) : std::nullopt;
}

std::optional<process_clock::duration> read_timer(timer_ref ref) {
  const visit inside(visitors_door);
  if (!inside)
    return std::nullopt;
  timer_book& book = timer_book::instance();
  timer_ptr timer;
  std::lock_guard guard(book.lock);
  timer = book.find(id_access::number(ref));
  return timer ? std::optional(left_until(*timer)) : std::nullopt;
}

process_clock::time_point process_clock::now() noexcept { return time_point(duration(runtime_core::now())); }

}  // namespace brood
