// Sending: pid to slot, envelope into the inbox word, and, if that woke the process, the process into a run queue.
#include <brood/send.hpp>

#include "process/names.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/errors.hpp>

namespace brood {

namespace detail {

bool offer_always(pid to, envelope* e) noexcept {
  process_control* p = process_table::instance().find(to);
  if (!p || p->id.load(std::memory_order_relaxed) != to.bits())
    return false;
  const bool is_signal = e->type->kind != signal_kind::message;
  switch (p->inbox.push(e, process_control::inbox_tag(to.bits()), is_signal)) {
    case inbox_word<envelope>::pushed::dead:
      return false;
    case inbox_word<envelope>::pushed::wake:
      if (core* c = this_core())
        c->enqueue_woken(*p);
      else
        runtime_core::get()->sched.inject(p);
      return true;
    case inbox_word<envelope>::pushed::delivered:
      return true;
  }
  return true;
}

namespace {
// What a condemned process sends is dropped; in the destructors of its frames, once it has suspended, it may send again.
bool muted() noexcept {
  const process_control* p = running_process();
  return p && p->condemned && !p->exiting;
}
}  // namespace

bool offer(pid to, envelope* e) noexcept {
  if (core* c = this_core()) {
    --c->budget;
    if (muted()) {
      destroy(e);
      return true;
    }
  }
  return offer_always(to, e);
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

void deliver(pid to, envelope* e) noexcept { transmit(to, e); }

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

pid self() { return detail::require_process("self()").self(); }

ref make_ref() {
  detail::process_control* p = detail::running_process();
  return detail::id_access::make_ref(detail::runtime_core::next_reference(), p ? p->self() : pid{});
}

}  // namespace brood
