// Sending: pid to slot, envelope into the inbox word; and if that woke the process, it runs next here, or is queued.
#include <brood/send.hpp>

#include "process/door.hpp"
#include "process/names.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/errors.hpp>

namespace brood {

namespace detail {

namespace {

// From outside. The runtime is there as long as p is not queued, for p lives; and once it is, as long as somebody is inside.
[[gnu::noinline]] void inject(process_control& p) noexcept {
  visitors_door.enter_always();
  runtime_core::get()->sched.inject(&p);
  visitors_door.leave();
}
priority asking_priority(const core* c) noexcept { return c && c->current ? c->current->level() : priority::normal; }
[[gnu::noinline]] bool drop(envelope* e) noexcept {
  destroy(e);
  return true;
}

// Under simulation: it is told what is sent, and may deliver it later.
[[gnu::cold, gnu::noinline]] bool is_held_back(pid to, envelope* e) noexcept {
  note(happening::sent, running_process(), to.bits(), e);
  return runtime_core::get()->plat.carry(to.bits(), e);
}

// Into its inbox, and if it slept, into a run queue.
inline bool push_into(core* c, process_control& p, pid to, envelope* e) noexcept {
  if (simulating() && is_held_back(to, e)) [[unlikely]]
    return true;
  switch (p.inbox.push(e, process_control::inbox_tag(to.bits()))) {
    case inbox_word<envelope>::pushed::dead:
      return false;
    case inbox_word<envelope>::pushed::wake:
      c ? c->enqueue(p) : inject(p);
      return true;
    case inbox_word<envelope>::pushed::delivered:
      return true;
  }
  return true;
}

// If it slept and the hand is free, it runs next here.
inline bool rouse_here(core& c, process_control& p, pid to, envelope* e) noexcept {
  if (!c.may_take || !p.inbox.rouse(process_control::inbox_tag(to.bits())))
    return false;
  c.take(p, e);
  return true;
}

// Signals that decide something about their receiver, or ask it: not for it to read.
inline bool asks(const envelope& e) noexcept {
  if (!priorities_differ.load(std::memory_order_relaxed)) [[likely]]
    return false;  // then nobody is asked from above
  constexpr auto bit = [](auto... kinds) { return ((1u << static_cast<unsigned>(kinds)) | ...); };
  using enum signal_kind;
  constexpr unsigned asking = bit(link, unlink, exit_by_link, exit, stop_order, monitor, demonitor, alive, inspect, room,
                                  expect_call, withdraw, hold, release);
  return (asking >> static_cast<unsigned>(e.type->kind) & 1) != 0;
}

// Null, or the receiver of a signal that asks, if that would have to wait for a turn of a lower priority than the sender's.
[[gnu::noinline]] process_control* outranked(const core* c, pid to) noexcept {
  process_control* const p = process_table::instance().tenant(to);
  return p && p->level() < asking_priority(c) ? p : nullptr;
}
[[gnu::noinline]] bool ask(const core* c, process_control& p, pid to, envelope* e) noexcept {
  if (simulating() && is_held_back(to, e)) [[unlikely]]
    return true;
  using pushed = inbox_word<envelope>::pushed;
  const pushed how = p.inbox.ask(e, process_control::inbox_tag(to.bits()));
  if (how == pushed::wake)
    runtime_core::get()->sched.inject_for_signals(&p, asking_priority(c) == priority::high);
  return how != pushed::dead;
}

// From core c, or from a thread that is none.
inline bool offer_from(core* c, pid to, envelope* e) noexcept {
  process_control* const p = process_table::instance().tenant(to);
  if (!p)
    return false;
  return (c && rouse_here(*c, *p, to, e)) || push_into(c, *p, to, e);
}

// The rest of `deliver`, each as long as what it is for: to one that does not rest here; to one that does not sleep, or not for us.
[[gnu::noinline]] void deliver_awake(core& c, process_control& p, pid to, envelope* e) noexcept {
  if ((c.current && c.current->muted()) || !push_into(&c, p, to, e)) [[unlikely]]
    drop(e);
}
[[gnu::noinline]] void deliver_by_table(core& c, pid to, envelope* e) noexcept {
  process_control* const p = process_table::instance().tenant(to);
  if (!p) [[unlikely]]
    return static_cast<void>(drop(e));
  if (!rouse_here(c, *p, to, e))
    deliver_awake(c, *p, to, e);
}
[[gnu::noinline]] void deliver_from_outside(pid to, envelope* e) noexcept {
  if (!offer_from(nullptr, to, e))
    drop(e);
}

}  // namespace

bool offer(pid to, envelope* e) noexcept {
  core* const c = core_here();
  if (!c)
    return offer_always(to, e);
  --c->budget;
  process_control* const lower = asks(*e) ? outranked(c, to) : nullptr;
  if (!lower && c->hand_over(to, e))
    return true;
  if (c->current && c->current->muted()) [[unlikely]]
    return drop(e);
  return lower ? ask(c, *lower, to, e) : offer_from(c, to, e);
}

bool offer_always(pid to, envelope* e) noexcept {
  core* const c = core_here();
  if (asks(*e))
    if (process_control* const lower = outranked(c, to))
      return ask(c, *lower, to, e);
  return offer_from(c, to, e);
}

bool transmit(pid to, envelope* e) noexcept {
  if (offer(to, e))
    return true;
  destroy(e);
  return false;
}

bool transmit_always(pid to, envelope* e) noexcept {
  if (offer_always(to, e))
    return true;
  destroy(e);
  return false;
}

// send(): to a pid, from wherever this is.
//
// noinline, also at link time: as self() and make_ref(), these find their core through a thread_local (core.hpp).
[[gnu::noinline]] void deliver(pid to, envelope* e) noexcept {
  core* const c = core_here();
  if (!c) [[unlikely]]
    return deliver_from_outside(to, e);
  --c->budget;
  if (c->hand_over_at_once(to, e))
    return;
  deliver_by_table(*c, to, e);
}

void deliver(std::string_view name, envelope* e) {
  envelope_ptr owned(e);
  const std::optional<pid> to = whereis(name);
  if (!to)
    throw bad_name(name, "nobody has this name: register_name(name, pid) first, or the process it named is dead");
  transmit(*to, owned.release());
}

void deliver_to_alias(std::uint64_t number, pid owner, envelope* e) {
  envelope_ptr message(e);
  if (owner)
    transmit(owner, make_signal<signal_kind::alias_message>(alias_signal{number, std::move(message)}));
}

bool room_awaiter::begin_room_wait(process_stack& stack, answer_waiter& w, pid to, envelope_ptr message) {
  begin_answer_wait(stack, w);
  try {
    if (transmit(to, make_signal<signal_kind::room>(room_signal{control_of(stack).self(), w.number, std::move(message)})))
      return true;
  } catch (...) {
    abandon_answer_wait(stack);
    throw;
  }
  abandon_answer_wait(stack);  // dead: as with send, nothing happens
  return false;
}

}  // namespace detail

[[gnu::noinline]] pid self() {
  const detail::core* c = detail::core_here();
  return c && c->current ? c->current->self() : detail::require_process("self()").self();
}

[[gnu::noinline]] ref make_ref() {
  const detail::core* c = detail::core_here();
  const std::uint64_t number = detail::runtime_core::next_reference();
  if (!c || !c->current)
    return detail::id_access::make_ref(number, pid{});
  c->current->queue.note_reference(number);
  return detail::id_access::make_ref(number, c->current->self());
}

}  // namespace brood
