// What arrived becomes queue, state and decisions: the receiving half of a message's life.
#include "process/matching.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/starting.hpp"
#include "process/system_watch.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <stdexcept>
#include <utility>

namespace brood::detail {

namespace {

// What arrived, in the order in which it did.
struct arrivals {
  envelope* oldest = nullptr;
  envelope* last = nullptr;
  std::uint32_t count = 0;
  bool plain = true;  // messages, no signals

  explicit arrivals(envelope* newest) noexcept : last(newest) {
    while (newest) {
      envelope* const older = newest->next;
      newest->next = oldest;
      oldest = newest;
      plain = plain && is_message(*newest);
      ++count;
      newest = older;
    }
  }
};

// Messages for this process join its queue as they are: nobody looks at them yet, and there is room.
bool only_queues(const process_control& p, intake how) noexcept {
  return !p.doomed && !p.limited && !simulating() &&
         (how == intake::unmatched || !(p.wait && p.kind->match && p.queue.fully_scanned()));
}

void take_in_one(core& c, process_control& p, envelope* e, intake how) {
  if (p.doomed) {  // nothing is executed any more; answered or destroyed at death
    p.queue.append(e);
    return;
  }
  if (!is_message(*e)) {
    envelope_ptr signal(e);
    try {
      return execute(p, signal);
    } catch (...) {  // no memory for it: the process ends, and its death answers the signal
      doom(p, exit_reason_access::from_exception(std::current_exception()));
      if (signal)
        p.queue.append(signal.release());
      return;
    }
  }
  if (how != intake::unmatched && p.wait && p.kind->match && !p.limited && p.queue.fully_scanned()) {
    if (match_directly(c, p, e))
      return;
    p.queue.append(e);
    p.queue.save() = p.queue.end();
    return;
  }
  admit(p, e);
}

// Under simulation: what an earlier take_in put off comes first.
envelope* behind_deferred(process_control& p, envelope* oldest) {
  p.has_deferred = false;
  envelope* const deferred = std::exchange(p.extra->deferred, nullptr);
  envelope* last = deferred;
  while (last->next)
    last = last->next;
  last->next = oldest;
  return deferred;
}

// Under simulation a process may take in only the oldest part for now: as if the rest were still on its way.
envelope* put_off_the_rest(process_control& p, envelope* oldest) {
  std::size_t n = 0;
  for (envelope* e = oldest; e; e = e->next)
    ++n;
  std::size_t taken = n < 2 ? n : runtime_core::get()->plat.fetch_limit(n);
  if (taken >= n)
    return oldest;
  envelope* last = oldest;
  while (--taken > 0)
    last = last->next;
  extra_of(p).deferred = std::exchange(last->next, nullptr);
  p.has_deferred = true;
  return oldest;
}

}  // namespace

void fail_wait(core& c, process_control& p, std::exception_ptr failure) noexcept {
  c.failure = std::move(failure);
  end_wait(p, failure_mark);
}

void refuse_in_guard(const process_control& p, const char* call) {
  if ((p.wait && p.wait->result == guard_mark) || p.shows_mailbox)
    throw std::logic_error(
        fmt::format("brood: {} in a guard, a filter or a describe(): they look at a message, and this would change the mailbox "
                    "meanwhile: call it "
                    "before the receive, or in the handler",
                    call));
}

void note_wait_over(process_control& p, const envelope* result) noexcept {
  if (result != failure_mark)
    note(result ? happening::received : happening::timed_out, &p, 0, result);
}

void take_in(core& c, process_control& p, envelope* newest_first, intake how) {
  const std::uint32_t unread = p.queue.count();
  arrivals all_of(newest_first);
  envelope* e = all_of.oldest;
  if (p.has_deferred) [[unlikely]]
    e = behind_deferred(p, e);
  if (simulating() && how != intake::all) [[unlikely]]
    e = put_off_the_rest(p, e);
  while (e) {
    if (all_of.plain && only_queues(p, how)) {
      p.queue.append(e, all_of.last, all_of.count);
      break;
    }
    envelope* following = e->next;
    --all_of.count;
    take_in_one(c, p, e, how);
    e = following;
  }
  if (p.doomed)
    return;
  if (p.queue.count() >= mailbox_mark.load(std::memory_order_relaxed)) [[unlikely]]
    mailbox_grew(p, unread);
  if (how != intake::unmatched && p.wait && p.kind && p.kind->match && !p.queue.fully_scanned())
    scan(c, p);
}

namespace {

// What the wait looks for, for the marks of the queue.
scan_marks::sought sought_by(const process_control& p) { return {p.kind, p.kind->reference ? p.kind->reference(*p.wait) : 0}; }

[[gnu::noinline]] envelope** marked_start(process_control& p) { return p.queue.start_of(sought_by(p)); }
void begin_scan(process_control& p) { p.queue.save() = p.queue.marked() ? marked_start(p) : p.queue.first(); }

// From the save pointer to here nothing was taken, and so much that the next look had better not begin there.
[[gnu::noinline]] void note_skipped(process_control& p, envelope** at, bool types_absent) {
  p.queue.note_scanned(sought_by(p), p.queue.save(), at, types_absent && !p.kind->any);
}

// Inlined where a receive begins: most find what they want at once.
[[gnu::always_inline]] inline bool look_through(core& c, process_control& p) {
  std::uint32_t skipped = 0;
  bool types_absent = true;  // so far none of the types it could take was met
  envelope** at = p.queue.save();
  try {
    while (envelope* e = *at) {
      const int handler = p.kind->match(*p.wait, *e);
      if (handler != no_match) {
        if (skipped >= message_queue::worth_marking) [[unlikely]]
          note_skipped(p, at, types_absent);
        p.queue.remove(at);
        __builtin_prefetch(*at);  // it is likely the next to be received
        e->matched = static_cast<std::size_t>(handler);
        end_wait(p, e);
        if (p.limited)
          note_removed(p, *e);
        return true;
      }
      if (types_absent && !p.kind->any)
        for (unsigned i = 0; i < p.kind->type_count; ++i)
          types_absent = types_absent && p.kind->types[i] != e->type;
      ++skipped;
      at = &e->next;
    }
    if (skipped >= message_queue::worth_marking)
      note_skipped(p, at, types_absent);
    p.queue.save() = at;
  } catch (...) {
    fail_wait(c, p, std::current_exception());
    return true;
  }
  c.budget -= skipped / 8;
  return false;
}

}  // namespace

bool scan(core& c, process_control& p) { return look_through(c, p); }

std::int64_t begin_deadline(process_control& p) noexcept {
  std::int64_t deadline = p.deadline.load(std::memory_order_relaxed);
  if (deadline < 0) {
    deadline = deadline_from_now(time_limit(std::chrono::nanoseconds(-deadline)));
    p.deadline.store(deadline, std::memory_order_relaxed);
  }
  return deadline;
}

bool wait_is_over(core&, process_control& p) noexcept {
  if (p.deadline.load(std::memory_order_relaxed) == no_deadline)
    return false;
  const std::int64_t deadline = begin_deadline(p);
  if (runtime_core::get()->plat.now() < deadline || (p.kind->goes_on && p.kind->goes_on(p, *p.wait)))
    return false;
  end_wait(p, nullptr);
  return true;
}

namespace {

// The clock is read later, if the process really has to wait: most answers come sooner.
void set_limit(process_control& p, time_limit limit) noexcept { p.deadline.store(-limit.count(), std::memory_order_relaxed); }

// Looks at what is unread. True: that ends the wait.
[[gnu::always_inline]] inline bool find_unread(core& c, process_control& p, const wait_kind& kind) {
  if (!kind.match)
    return false;
  begin_scan(p);
  return look_through(c, p);
}

// Nothing that is unread ends the wait; the limit may.
[[gnu::noinline]] bool end_or_wait(core& c, process_control& p, const wait_kind& kind, time_limit limit) {
  if (limit.negative()) {
    p.yielding = false;  // thrown here and now
    fail_wait(c, p,
              std::make_exception_ptr(std::invalid_argument(
                  "brood: a negative time limit: use after(0s, …) to poll, after(infinity, …) to wait for ever")));
    return false;
  }
  if (!limit.infinite() && limit.count() == 0) {
    end_wait(p, nullptr);
    return p.yielding;
  }
  if (p.starting && kind.match && !p.start_failed) [[unlikely]]
    announce_start(p);  // the first receive that waits: whatever it does first is done
  if (!limit.infinite())
    set_limit(p, limit);
  return true;
}

[[gnu::noinline]] bool read_and_wait(core& c, process_control& p, const wait_kind& kind, time_limit limit) {
  return !find_unread(c, p, kind) && end_or_wait(c, p, kind, limit);
}

// Something has arrived, or it is in a special state, or has had its turn.
[[gnu::noinline]] bool look_and_wait(core& c, process_control& p, waiter& w, const wait_kind& kind, time_limit limit) {
  if ((p.inbox.something_arrived() || p.has_deferred) && !p.condemned) {
    p.wait = nullptr;  // only taken in: this receive looks at the queue from its beginning
    c.in_user_code = false;
    take_in(c, p, p.inbox.fetch(), intake::all);
    c.in_user_code = true;
    p.wait = &w;
  }
  if (p.doomed)
    return true;
  if (--c.budget <= 0 || p.held) {  // even a wait that would end at once lets others run now and then
    p.yielding = true;
    p.deadline.store(no_deadline, std::memory_order_relaxed);
    if (limit.infinite() && !p.starting) {
      begin_scan(p);
      return true;
    }
  }
  if (!find_unread(c, p, kind))
    return end_or_wait(c, p, kind, limit);
  if (w.result == failure_mark)
    p.yielding = false;  // thrown here and now
  return p.yielding;     // else resumed on its next turn, with the result it has
}

}  // namespace

// noinline, also at link time: it finds its core through a thread_local (core.hpp).
[[gnu::noinline]] bool begin_wait(process_stack& stack, waiter& w, const wait_kind& kind, time_limit limit) {
  process_control& p = control_of(stack);
  core& c = *core_here();
  p.wait = &w;
  p.kind = &kind;
  if (p.inbox.something_arrived() || p.in_special_state() || c.budget <= 1) [[unlikely]]
    return look_and_wait(c, p, w, kind, limit);
  --c.budget;
  if (!p.queue.empty())
    return read_and_wait(c, p, kind, limit);
  // The steady state of a server: nothing was left, nothing has arrived.
  p.queue.restart();
  if (limit.count() <= 0)
    return end_or_wait(c, p, kind, limit);
  if (!limit.infinite())
    set_limit(p, limit);
  return true;
}

void rethrow_wait_failure() { std::rethrow_exception(std::exchange(this_core()->failure, nullptr)); }

void begin_yield(process_stack& stack) { control_of(stack).yielding = true; }

void push_task_frame(process_stack& stack, frame_base& parent, task_frame& child) noexcept {
  child.proc = &stack;
  child.parent = &parent;
  child.awaited_at = stack.site;
  stack.top = &child;
}

void begin_answer_wait(process_stack& stack, answer_waiter& w) {
  static constexpr wait_kind kind{nullptr, nullptr, 0, false};
  process_control& p = control_of(stack);
  w.number = runtime_core::get()->next_reference();
  p.wait = &w;
  p.kind = &kind;
  p.waits_answer = true;
  if (!w.limit.infinite())
    set_limit(p, w.limit);
}

void abandon_answer_wait(process_stack& stack) noexcept {
  process_control& p = control_of(stack);
  p.wait = nullptr;
  p.waits_answer = false;
  p.deadline.store(no_deadline, std::memory_order_relaxed);
}

}  // namespace brood::detail
