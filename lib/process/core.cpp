// Running a process: from the queue entry to its next sleep.
#include "process/core.hpp"

#include "process/death.hpp"
#include "process/matching.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/system_watch.hpp"
#include "process/timers.hpp"

#include <brood/errors.hpp>

#include <cstdint>
#include <exception>
#include <utility>

namespace brood::detail {

constinit thread_local core* this_thread_core = nullptr;

namespace {

// The first turn: invokes the closure, in the process. A function that is no coroutine has then run to its end.
void enter(process_control& p) noexcept {
  p.started = true;
  try {
    frame_base* body = p.info->enter(p.closure());
    if (body) {
      body->proc = &p;
      p.top = body;
    }
  } catch (...) {
    body_threw(p);
  }
}

bool has_ended(const process_control& p) noexcept { return p.top ? p.top->parent == p.top : p.started; }

// Resumes frames until the process suspends, ends or has had its turn. A trampoline: an awaited task becomes `top` and is resumed
// from here, so the machine stack stays flat.
inline void run_frames(core& c, process_control& p) {
  c.in_user_code = true;
  if (!p.started) [[unlikely]]
    enter(p);
  while (!p.wait && !p.doomed && !p.yielding && !has_ended(p)) {
    p.top->handle().resume();
    if (--c.budget <= 0)
      p.yielding = true;
  }
  c.in_user_code = false;
}

// Nothing to take in: it sleeps, or rests if whom it woke is about to run here and may answer at once. None: something arrived.
enum class pause : std::uint8_t { none, sleeps, rests };
inline pause try_to_sleep(core& c, process_control& p) {
  if (p.inbox.something_arrived())
    return pause::none;
  if (c.in_hand.next.load(std::memory_order_relaxed) && p.prio == priority::normal)
    return pause::rests;
  arm_wait(c, p);
  others_may_run();  // after the look at the inbox, before the sleep
  return p.inbox.park(p.tag()) ? pause::sleeps : pause::none;
}

// What came with the turn.
[[gnu::always_inline]] inline void begin_turn(core& c, process_control& p, envelope* arrived) {
  if (arrived && is_awaited_message(p, arrived)) [[likely]] {
    if (!match_directly(c, p, arrived)) {
      p.queue.append(arrived);
      p.queue.save() = p.queue.end();
    }
    return;
  }
  p.yielding = false;
  if (arrived || p.wait || p.has_deferred)
    take_in(c, p, arrived, false);
}

// One turn. True: it waits, and rests. False: it may be gone, or run elsewhere.
[[gnu::always_inline]] inline bool take_turn(core& c, process_control& p, envelope* arrived) {
  if (p.exiting) [[unlikely]] {
    continue_death(c, p);
    return false;
  }
  begin_turn(c, p, arrived);
  for (;;) {
    if (!p.doomed && !p.held && (!p.wait || wait_is_over(c, p))) {
      run_frames(c, p);
      charge(c, p);
    }
    if (!p.wait || p.in_special_state()) [[unlikely]] {  // who waits has not ended
      if (p.doomed || (!p.wait && has_ended(p))) {
        begin_death(c, p);
        return false;
      }
      if (p.piled_up)
        mailbox_shrank(p);
      if ((p.yielding && !p.held) || p.has_deferred) {
        c.current = nullptr;
        p.inbox.requeue();
        c.enqueue(p);
        return false;
      }
    }
    if (const pause how = try_to_sleep(c, p); how != pause::none) [[likely]]
      return how == pause::rests;
    take_in(c, p, p.inbox.fetch(), false);
  }
}

// A turn under a system monitor that wants to know of long ones. What is told about the process is noted before: after its turn it
// may be gone.
[[gnu::noinline]] bool timed_turn(core& c, process_control& p, envelope* arrived, std::int64_t limit) {
  const long_turn_note note(p);
  const std::int64_t begin = c.sched.plat.now();
  const bool rests = take_turn(c, p, arrived);
  if (const std::int64_t took = c.sched.plat.now() - begin; took >= limit)
    note.tell(took);
  return rests;
}

}  // namespace

core* this_core() noexcept {
  asm volatile("");
  return this_thread_core;
}
void set_this_core(core* c) noexcept { this_thread_core = c; }

void interleave() noexcept { runtime_core::get()->plat.interleave(); }
void note(happening what, process_control* who, std::uint64_t other, const envelope* e) noexcept {
  runtime_core::get()->plat.note(what, who, other, e);
}

process_control& require_process(const char* what) {
  process_control* p = running_process();
  if (!p)
    throw not_a_process(what);
  return *p;
}

core::core(scheduler& s, unsigned i) : worker(s, i), turn_(simulated ? 0 : static_cast<std::int32_t>(s.plat.budget())) {}

[[gnu::always_inline]] inline bool core::turn(process_control& p, envelope* arrived, bool hand_is_empty) {
  budget = charged = turn_;
  if (simulated) [[unlikely]]
    budget = charged = static_cast<std::int32_t>(sched.plat.budget());
  else
    may_take = hand_is_empty;
  current = &p;
  in_hand.lock.leave();
  const std::int64_t limit = long_turn.load(std::memory_order_relaxed);
  const bool rests = limit != 0 ? timed_turn(*this, p, arrived, limit) : take_turn(*this, p, arrived);
  in_hand.lock.take();
  may_take = false;
  current = nullptr;
  return rests;
}

bool core::run(runnable* r) {
  auto& p = *static_cast<process_control*>(r);
  envelope* arrived;
  return p.inbox.claim(arrived) && turn(p, arrived, in_hand.next.load(std::memory_order_relaxed) == nullptr);
}

bool core::run_next(runnable* r, envelope* message) { return turn(*static_cast<process_control*>(r), message, true); }

void core::give_up(runnable* next, envelope* message) {
  auto& p = *static_cast<process_control*>(next);
  p.inbox.requeue(message, p.tag());
}

bool core::settle(runnable* resting) {
  auto& p = *static_cast<process_control*>(resting);
  arm_wait(*this, p);
  if (p.inbox.park(p.tag()))
    return false;
  p.inbox.requeue();
  return true;
}

void core::take(process_control& p, envelope* e) noexcept {
  if (p.prio != priority::normal) [[unlikely]] {
    e->next = nullptr;
    p.inbox.requeue(e, p.tag());
    return enqueue(p);
  }
  in_hand.lock.take();
  put_in_hand(p, e);
  in_hand.lock.leave();
}

void core::enqueue(process_control& p) {
  if (p.prio == priority::normal || simulated) [[likely]]
    return push(&p);
  shared_queue& queue = p.prio == priority::high ? sched.high : sched.low;
  queue.push(&p);
  sched.wake_one();
}

void core::thread_began() { set_this_core(this); }

void core::thread_ends() {
  slots.flush();
  runtime_core::get()->return_quota(*this, 0);
  set_this_core(nullptr);
}

namespace {

// What a body that threw ends with: what exit(why) threw is why, a link to the dead that nobody caught is noproc, all else an error.
exit_reason reason_of(std::exception_ptr thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const exiting& e) {
    return e.why();
  } catch (const noproc_error&) {
    return reason::noproc;
  } catch (...) {
    return exit_reason_access::from_exception(std::move(thrown));
  }
}

}  // namespace

void destructor_threw() noexcept {
  if (process_control* p = running_process(); p && !p->exiting)
    doom(*p, exit_reason_access::from_exception(std::current_exception()));
}

void body_threw(process_stack& stack) noexcept {
  process_control& p = control_of(stack);
  if (!p.doomed)
    p.why = reason_of(std::current_exception());
}

}  // namespace brood::detail
