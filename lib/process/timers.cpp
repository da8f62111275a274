#include "process/timers.hpp"

#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/errors.hpp>
#include <brood/timers.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

namespace brood {

namespace detail {

constinit std::atomic<std::size_t> targets_of_timers{0};

namespace {

// One send_after, start_timer, send_at or send_every.
struct send_timer : timer_node {
  send_timer(std::uint64_t n, destination d, envelope_ptr m, std::int64_t every, copy_message c)
      : number(n), to(std::move(d)), message(std::move(m)), period(every), copy(c) {}
  std::uint64_t number;
  destination to;
  pid target;  // empty: by name or key, looked up when it fires
  send_timer* previous = nullptr;  // of the same target
  send_timer* following = nullptr;
  envelope_ptr message;
  std::int64_t period;
  copy_message copy;
};

// All timers that send, by number, and those of one target in a list: whatever happens to one of 10^5 that aim at the same process
// costs the same. One lock, in no hot path: arming, cancelling and firing take it besides the lock of the wheel, this one first.
struct timer_book {
  std::mutex lock;
  std::unordered_map<std::uint64_t, std::pair<std::unique_ptr<send_timer>, worker*>> by_number;
  std::unordered_map<std::uint64_t, send_timer*> by_target;  // the first of a list

  static timer_book& instance() {
    static auto* book = new timer_book;
    return *book;
  }

  // Under the lock. Throws std::bad_alloc, and has then done nothing.
  void add(std::unique_ptr<send_timer> timer, worker& holder) {
    send_timer& node = *timer;
    const auto added = by_number.emplace(node.number, std::pair{std::move(timer), &holder}).first;
    if (!node.target)
      return;
    try {
      send_timer*& first = by_target[node.target.bits()];
      node.following = first;
      if (first)
        first->previous = &node;
      first = &node;
    } catch (...) {
      by_number.erase(added);
      throw;
    }
    targets_of_timers.store(by_target.size(), std::memory_order_seq_cst);  // then look whether it lives; partner: forget_timers
  }

  void leave_target(send_timer& timer) noexcept {
    if (timer.following)
      timer.following->previous = timer.previous;
    if (timer.previous) {
      timer.previous->following = timer.following;
    } else if (timer.following) {
      by_target.find(timer.target.bits())->second = timer.following;
    } else {
      by_target.erase(timer.target.bits());
      targets_of_timers.store(by_target.size(), std::memory_order_seq_cst);
    }
  }

  // Under the lock. The caller destroys what it gets after releasing it: a message's destructor may do anything.
  std::unique_ptr<send_timer> remove(std::uint64_t number) {
    const auto found = by_number.find(number);
    if (found == by_number.end())
      return nullptr;
    std::unique_ptr<send_timer> timer = std::move(found->second.first);
    worker* holder = found->second.second;
    by_number.erase(found);
    {
      std::lock_guard guard(holder->timer_lock);
      if (timer->queued())
        holder->sends.remove(*timer);
    }
    if (timer->target)
      leave_target(*timer);
    return timer;
  }
};

worker& arming_worker() {
  if (core* c = this_core())
    return c->timers();
  return *runtime_core::get()->sched.workers[0];
}

std::int64_t saturated_sum(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? no_deadline : sum;
}

std::optional<process_clock::duration> left_until(std::int64_t when) {
  return process_clock::duration(std::max<std::int64_t>(0, when - runtime_core::now()));
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
  if (!runtime_core::get())
    throw not_a_process("a timer");
  const std::uint64_t number = id_access::number(ref);
  auto timer = std::make_unique<send_timer>(number, std::move(to), std::move(message), period, copy);
  if (const pid* target = timer->to.process())
    timer->target = *target;
  const pid target = timer->target;
  send_timer& node = *timer;
  worker& holder = arming_worker();
  timer_book& book = timer_book::instance();
  {
    std::lock_guard guard(book.lock);
    book.add(std::move(timer), holder);
    if (deadline != no_deadline) {
      std::lock_guard wheel(holder.timer_lock);
      holder.sends.insert(node, deadline);
      holder.note_armed(deadline);
    }
  }
  holder.wake_if_later_than(deadline);
  if (target && !process_table::instance().alive(target))
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
    return enqueue(p);
  }
  // Another worker may be about to park it, and have found this node still in place: then nobody else would wake it.
  constexpr std::int64_t until_parked = 100'000;
  if (!p.inbox.is_queued())
    holder.waits.insert(node, now + until_parked);
}

// A scheduler serves timers between turns. However many are due, and were they due anew each time, turns must come in between.
constexpr std::size_t sends_at_once = 64;

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
  timer_book& book = timer_book::instance();
  for (const std::uint64_t number : std::span(due.data(), count)) {
    std::unique_ptr<send_timer> done;  // its message, when it is not sent, is destroyed outside the lock
    envelope_ptr message;
    std::optional<pid> to;
    {
      std::lock_guard guard(book.lock);
      const auto found = book.by_number.find(number);
      if (found == book.by_number.end())
        continue;  // cancelled meanwhile
      send_timer& timer = *found->second.first;
      to = timer.to.find();
      if (timer.period == 0 || !to || (timer.target && !process_table::instance().alive(timer.target))) {
        done = book.remove(number);
        message = std::move(done->message);
      } else {
        try {
          message = envelope_ptr(timer.copy(*timer.message));
        } catch (...) {  // its copy constructor threw: there is no message this time
          to.reset();
        }
        std::lock_guard wheel(holder.timer_lock);
        const std::int64_t next = std::max(saturated_sum(timer.fire_at, timer.period), now + 1);
        holder.sends.insert(timer, next);
        holder.note_armed(next);
      }
    }
    if (to)
      transmit_always(*to, message.release());
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
    std::unique_ptr<send_timer> cancelled;  // destroyed outside the lock
    std::lock_guard guard(book.lock);
    const auto found = book.by_target.find(target.bits());
    if (found == book.by_target.end())
      return;
    cancelled = book.remove(found->second->number);
  }
}

std::size_t timers_armed() noexcept {
  timer_book& book = timer_book::instance();
  std::lock_guard guard(book.lock);
  return book.by_number.size();
}

void drop_all_timers() noexcept {
  timer_book& book = timer_book::instance();
  std::vector<std::unique_ptr<send_timer>> dropped;
  std::lock_guard guard(book.lock);
  while (!book.by_number.empty())
    dropped.push_back(book.remove(book.by_number.begin()->first));
}

}  // namespace detail

using namespace detail;

std::optional<process_clock::duration> cancel_timer(timer_ref ref) {
  timer_book& book = timer_book::instance();
  std::unique_ptr<send_timer> timer;
  std::int64_t when;
  {
    std::lock_guard guard(book.lock);
    timer = book.remove(id_access::number(ref));
    if (!timer)
      return std::nullopt;
    when = timer->fire_at;
  }
  return left_until(when);
}

std::optional<process_clock::duration> read_timer(timer_ref ref) {
  timer_book& book = timer_book::instance();
  std::lock_guard guard(book.lock);
  const auto found = book.by_number.find(id_access::number(ref));
  if (found == book.by_number.end())
    return std::nullopt;
  return left_until(found->second.first->fire_at);
}

process_clock::time_point process_clock::now() noexcept { return time_point(duration(runtime_core::now())); }

}  // namespace brood
