// exit/1, exit/2, trap_exit, link and unlink: the sending half.
#include <brood/exit.hpp>

#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <fmt/format.h>

#include <utility>

namespace brood {

using namespace detail;

void exit(exit_reason why) {
  require_process("exit(why)");
  throw exiting(std::move(why));
}

void exit(pid who, exit_reason why) {
  process_control* p = running_process();
  const pid from = p ? p->self() : pid{};
  if (p && who == from && !p->exiting && (why == reason::kill || !p->traps)) {
    // Suicide: decided here and now, carried out at the next suspension; nothing it does from here on gets out.
    doom(*p, why == reason::kill ? reason::killed : why);
    p->condemned = true;
    this_core()->may_take = false;
    return;
  }
  transmit(who, make_envelope<exited>(exit_type, exited{from, std::move(why)}));
}

void detail::order_to_stop(pid who) noexcept { transmit_always(who, make_exit(stop_order_type, pid{}, reason::shutdown)); }

void detail::order_to_die(pid who, bool trees_too) noexcept {
  transmit_always(who, make_signal<signal_kind::kill_order>(kill_order_signal{trees_too}));
}

bool trap_exits(bool on) {
  process_control& p = require_process("trap_exits()");
  const bool was = p.traps;
  p.traps = on;
  return was;
}

namespace {

// The other side is dead. What it sent while it lived is in the inbox, a LINK perhaps: it meets a link that is unlinked, and is ignored,
// where after the entry is gone it would make a new one. So what lets the entry go, in place of the dead an acknowledgement from here,
// comes behind all that. Nothing is taken in here: this may be a guard or a destructor, called while something is. The exit signal, if
// it is still on its way, finds no link.
void forget_dead_link(process_control& p, pid who, std::uint64_t unlink_id) {
  if (p.exiting) {
    p.relations->links.erase(who.bits());
    return;
  }
  p.relations->links.find(who.bits())->unlink_id = unlink_id;
  transmit_always(p.self(), make_signal<signal_kind::unlink_ack>(unlink_signal{who, unlink_id}));
}

}  // namespace

void link(pid who) {
  process_control& p = require_process("link()");
  const pid me = p.self();
  if (who == me || p.muted())
    return;
  auto& links = relations_of(p).links;
  link_state* known = links.find(who.bits());
  if (known && known->unlink_id == 0)
    return;
  if (who) {
    const std::uint64_t unlinked = known ? std::exchange(known->unlink_id, 0) : runtime_core::next_reference();
    if (!known)
      links.insert(who.bits(), link_state{0});
    if (transmit(who, make_signal<signal_kind::link>(link_signal{me})))
      return;
    forget_dead_link(p, who, unlinked);
  }
  if (!p.traps)
    throw noproc_error(
        fmt::format("link({}): no such process, it is dead or never was; trap_exits() makes this a message", to_string(who)));
  transmit_always(me, make_message<exited>(exited{who, reason::noproc}));
}

void unlink(pid who) {
  process_control& p = require_process("unlink()");
  link_state* known = p.relations ? p.relations->links.find(who.bits()) : nullptr;
  if (!known || known->unlink_id != 0)
    return;
  const std::uint64_t id = known->unlink_id = runtime_core::next_reference();
  if (!transmit(who, make_signal<signal_kind::unlink>(unlink_signal{p.self(), id})))
    forget_dead_link(p, who, id);
}

}  // namespace brood
