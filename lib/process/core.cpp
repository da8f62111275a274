// Running a process: from the queue entry to its next sleep.
#include "process/core.hpp"

#include "base/caught.hpp"
#include "process/await_stack.hpp"
#include "process/death.hpp"
#include "process/matching.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/system_watch.hpp"
#include "process/timers.hpp"
#include "process/turn_end.hpp"
#include "sched/turns.hpp"

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

// Resumes frames until the process waits, ends, has had its turn or must not go on. A trampoline: an awaited task becomes `top` and is
// resumed from here, so the machine stack stays flat.
inline void resume_frames(core& c, process_control& p) {
  do {
    p.top->handle().resume();
    if (p.wait) [[likely]]
      return;
    if (--c.budget <= 0)
      p.yielding = true;
  } while (!p.doomed && !p.yielding && !has_ended(p));
}

inline void run_frames(core& c, process_control& p) {
  c.in_user_code = true;
  if (!p.top && !p.started) [[unlikely]]
    enter(p);
  if (p.top) [[likely]]
    resume_frames(c, p);
  c.in_user_code = false;
  charge(c, p);
}

// It rests if whom it woke is about to run here and may answer at once; else, with nothing to take in, it sleeps. None: something
// arrived.
enum class pause : std::uint8_t { none, sleeps, rests };
inline pause try_to_sleep(core& c, process_control& p) {
  if (c.in_hand.next.load(std::memory_order_relaxed) && p.level() == priority::normal)
    return pause::rests;
  if (p.inbox.something_arrived())
    return pause::none;
  arm_wait(c, p);
  others_may_run();  // after the look at the inbox, before the sleep
  return p.inbox.park(p.tag()) ? pause::sleeps : pause::none;
}

// The message that came with the turn meets the wait. True: that is over.
[[gnu::always_inline]] inline bool meets_wait(core& c, process_control& p, envelope* arrived) {
  if (match_directly(c, p, arrived)) [[likely]]
    return !p.in_special_state();
  p.queue.append(arrived);
  p.queue.save() = p.queue.end();
  return false;
}

inline bool may_run(core& c, process_control& p) { return !p.doomed && !p.held && (!p.wait || wait_is_over(c, p)); }

[[gnu::cold, gnu::noinline]] void before_rest(process_control& p) noexcept {
  if (p.piled_up)
    mailbox_shrank(p);
  if (p.unwinds && p.wait)
    forget_thrown(p);
}

[[gnu::always_inline]] inline void requeue_here(core& c, process_control& p) {
  c.current = nullptr;
  const bool was_asked = p.inbox.requeue();
  c.enqueue(p);
  if (was_asked) [[unlikely]]
    c.sched.inject_for_signals(&p, true);
}

// It has run, and does not just wait. True: it has left this worker, dead or queued.
[[gnu::noinline]] bool leaves(core& c, process_control& p) {
  if (p.has_turn_end_work)
    run_turn_end_work(p);
  if (p.doomed || (!p.wait && has_ended(p))) {
    begin_death(c, p);
    return true;
  }
  if (p.piled_up || p.unwinds) [[unlikely]]
    before_rest(p);
  if ((p.yielding && !p.held) || p.has_deferred) {
    requeue_here(c, p);
    return true;
  }
  return false;
}

// One turn. True: it waits, and rests. False: it may be gone, or run elsewhere.
[[gnu::always_inline]] inline bool take_turn(core& c, process_control& p, envelope* arrived) {
  bool ready = false;
  if (is_awaited_message(p, arrived)) [[likely]] {
    ready = meets_wait(c, p, arrived);
  } else if (p.exiting) {
    continue_death(c, p);
    return false;
  } else {
    p.yielding = false;
    if (!arrived)  // a newborn from the hand brings nothing along
      arrived = p.inbox.fetch();
    if (arrived || p.wait || p.has_deferred)
      take_in(c, p, arrived, intake::some);
  }
  for (;; ready = false) {
    if (ready || may_run(c, p)) [[likely]]
      run_frames(c, p);
    if ((!p.wait || p.in_special_state()) && leaves(c, p)) [[unlikely]]
      return false;
    if (const pause how = try_to_sleep(c, p); how != pause::none) [[likely]]
      return how == pause::rests;
    take_in(c, p, p.inbox.fetch(), intake::some);
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

core::core(scheduler& s, unsigned i) : worker(s, i), turn_(simulated ? 0 : static_cast<std::int64_t>(s.plat.budget())) {}

// Around the turn of p, whose worker holds its hand's lock but then.
inline void core::begin_turn(process_control& p, bool hand_is_empty) noexcept {
  budget = charged = turn_;
  may_take = hand_is_empty;
  current = &p;
  if (p.ran_on != index) {
    p.ran_on = static_cast<std::uint8_t>(index);
    note_move();
  }
  in_hand.lock.leave();
}
inline void core::end_turn() noexcept {
  in_hand.lock.take();
  may_take = false;
  current = nullptr;
}

[[gnu::always_inline]] inline bool core::turn(process_control& p, envelope* arrived) {
  const std::int64_t limit = long_turn.load(std::memory_order_relaxed);
  return limit != 0 ? timed_turn(*this, p, arrived, limit) : take_turn(*this, p, arrived);
}

bool core::run(runnable* r) {
  if (is_for_signals(r)) [[unlikely]] {
    take_in_signals(r);
    return false;
  }
  auto& p = *static_cast<process_control*>(r);
  envelope* arrived;
  if (!p.inbox.claim(arrived))
    return false;
  begin_turn(p, !simulated && in_hand.next.load(std::memory_order_relaxed) == nullptr);
  if (simulated) [[unlikely]]
    budget = charged = static_cast<std::int64_t>(sched.plat.budget());
  const bool rests = turn(p, arrived);
  end_turn();
  return rests;
}

void core::run_hand() {
  hand_turns turns(*this);
  envelope* message;
  while (runnable* const r = begin_hand_turn(message)) {
    auto& p = *static_cast<process_control*>(r);
    begin_turn(p, true);
    const bool rests = turn(p, message);
    end_turn();
    worker::end_turn(r, rests);
    if (!turns.go_on())
      return;
  }
}

namespace {

// A worker claimed it while it slept, for its signals alone: it may sleep on, for a turn of its own would find nothing to do.
bool sleeps_on(const process_control& p) noexcept {
  return p.wait && !p.in_special_state() && (!p.kind->match || p.queue.fully_scanned());
}

}  // namespace

// The process's own turn may be far off. Its signals are taken in now; messages wait for that turn. So does its death, if a signal
// has decided it, but that has the priority of who asked.
void core::take_in_signals(runnable* entry) {
  auto& p = *static_cast<process_control*>(runnable_of(entry));
  using claimed = inbox_word<envelope>::claimed;
  envelope* arrived;
  const claimed from = p.inbox.claim_for_signals(arrived);
  if (from == claimed::nothing)
    return;
  begin_turn(p, !simulated && in_hand.next.load(std::memory_order_relaxed) == nullptr);
  const bool may_sleep = from == claimed::asleep && !p.in_special_state();
  bool sleeps;
  do {
    take_in(*this, p, arrived, intake::unmatched);
    sleeps = may_sleep && sleeps_on(p) && p.inbox.park(p.tag());
  } while (!sleeps && (arrived = p.inbox.fetch_for_signals()));
  if (!sleeps)
    leave_to_own_turn(p, asked_at_high(entry) ? priority::high : priority::normal);
  end_turn();
}

void core::leave_to_own_turn(process_control& p, priority asker) {
  const bool outranked = p.doomed && p.level() < asker;
  if (outranked)
    p.prio.store(asker, std::memory_order_relaxed);
  if (!p.inbox.leave_to_entry())
    requeue(p);
  else if (outranked)
    enqueue(p);  // the entry that it has is in the queue of its old priority
}

void core::requeue(process_control& p) { requeue_here(*this, p); }

void core::give_up(runnable* next, envelope* message) {
  auto& p = *static_cast<process_control*>(next);
  if (message ? p.inbox.requeue(message, p.tag()) : p.inbox.requeue())
    sched.inject_for_signals(&p, true);
}

bool core::settle(runnable* resting) {
  auto& p = *static_cast<process_control*>(resting);
  arm_wait(*this, p);
  if (p.inbox.park(p.tag()))
    return false;
  if (p.inbox.requeue()) [[unlikely]]
    sched.inject_for_signals(&p, true);
  return true;
}

void core::take(process_control& p, envelope* e) noexcept {
  e->next = nullptr;
  if (p.level() != priority::normal) [[unlikely]] {
    give_up(&p, e);
    return enqueue(p);
  }
  in_hand.lock.take();
  put_in_hand(p, e);
  in_hand.lock.leave();
  note_in_hand();
}

void core::welcome(process_control& p) {
  p.ran_on = static_cast<std::uint8_t>(index);
  if (!may_take || p.level() != priority::normal) {
    p.inbox.open(p.tag());
    return enqueue(p);
  }
  p.inbox.open(p.tag(), 0);
  in_hand.lock.take();
  put_in_hand(p, nullptr);
  in_hand.lock.leave();
  note_in_hand();
}

void core::enqueue(process_control& p) {
  if (p.level() == priority::normal || simulated) [[likely]] {
    push(&p);
    if (in_hand.next.load(std::memory_order_relaxed) != nullptr)  // that runs first here, and who knows for how long
      wake_peer_for_backlog();
    return;
  }
  shared_queue& queue = p.level() == priority::high ? sched.high : sched.low;
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
// To be called in the handler that caught it.
exit_reason reason_of_throw() noexcept {
  try {
    throw;
  } catch (const exiting& e) {
    return e.why();
  } catch (const noproc_error&) {
    return reason::noproc;
  } catch (const std::exception& e) {
    return reason_of_caught(&e);
  } catch (...) {
    return reason_of_caught(nullptr);
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
    p.why = reason_of_throw();
}

}  // namespace brood::detail
