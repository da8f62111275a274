// Sending: pid to slot, envelope into the inbox word; and if that woke the process, it runs next here, or is queued.
#include <brood/send.hpp>

#include "process/names.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/errors.hpp>

namespace brood {

namespace detail {

namespace {

[[gnu::noinline]] void inject(process_control& p) noexcept { runtime_core::get()->sched.inject(&p); }
[[gnu::noinline]] bool drop(envelope* e) noexcept {
  destroy(e);
  return true;
}

// Under simulation: it is told what is sent, and may deliver it later.
[[gnu::cold, gnu::noinline]] bool is_held_back(pid to, envelope* e) noexcept {
  note(happening::sent, running_process(), to.bits(), e);
  return runtime_core::get()->plat.carry(to.bits(), e);
}

// Into the inbox of `to`; from core c, or from a thread that is none.
inline bool offer_from(core* c, pid to, envelope* e) noexcept {
  process_control* const p = process_table::instance().find(to);
  if (!p || p->id.load(std::memory_order_relaxed) != to.bits())
    return false;
  if (simulating() && is_held_back(to, e)) [[unlikely]]
    return true;
  switch (p->inbox.push(e, process_control::inbox_tag(to.bits()), c && c->may_take)) {
    case inbox_word<envelope>::pushed::dead:
      return false;
    case inbox_word<envelope>::pushed::taken:
      c->take(*p, e);
      return true;
    case inbox_word<envelope>::pushed::wake:
      if (c) [[likely]]
        c->enqueue(*p);
      else
        inject(*p);
      return true;
    case inbox_word<envelope>::pushed::delivered:
      return true;
  }
  return true;
}

// What a condemned process sends is dropped; in the destructors of its frames, once it has suspended, it may send again.
inline bool muted(const core& c) noexcept { return c.current && c.current->condemned && !c.current->exiting; }

[[gnu::noinline]] bool offer_by_inbox(core* c, pid to, envelope* e) noexcept {
  if (c && muted(*c)) [[unlikely]]
    return drop(e);
  return offer_from(c, to, e);
}

inline bool offer_by_current(pid to, envelope* e) noexcept {
  core* c = core_here();
  if (c) [[likely]] {
    --c->budget;
    if (c->may_take && c->hand_over(to, e)) [[likely]]
      return true;
  }
  return offer_by_inbox(c, to, e);
}

}  // namespace

bool offer(pid to, envelope* e) noexcept { return offer_by_current(to, e); }

bool offer_always(pid to, envelope* e) noexcept { return offer_from(core_here(), to, e); }

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

// noinline, also at link time: as self(), these find their core through a thread_local (core.hpp).
[[gnu::noinline]] void deliver(pid to, envelope* e) noexcept {
  if (!offer_by_current(to, e)) [[unlikely]]
    drop(e);
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
  begin_answer_wait(stack, w, infinity);
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

ref make_ref() {
  detail::process_control* p = detail::running_process();
  return detail::id_access::make_ref(detail::runtime_core::next_reference(), p ? p->self() : pid{});
}

}  // namespace brood
