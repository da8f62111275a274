// monitor, demonitor, alias, unalias: the owner's half.
#include <brood/monitor.hpp>

#include "process/names.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <optional>
#include <string>
#include <utility>

namespace brood {

using namespace detail;

namespace {

monitor_ref start_monitor(process_control& p, pid who, std::uint64_t number) {
  const pid me = p.self();
  const monitor_ref monitor = id_access::make_monitor_ref(number, me);
  if (who == me || p.muted())
    return monitor;  // never fires
  process_relations& relations = relations_of(p);
  relations.monitors.insert(number, watching{who.bits()});
  p.queue.note_reference(number);
  if (!who || !transmit(who, make_signal<signal_kind::monitor>(monitor_signal{me, number})))
    transmit(me, make_down(monitor, who, reason::noproc));
  return monitor;
}

// A number for a monitor, an alias already if it is to be one.
std::uint64_t new_monitor(process_control& p, monitor_options options) {
  const std::uint64_t number = runtime_core::next_reference();
  if (options.alias != alias_until::none)
    relations_of(p).aliases.insert(number, alias_state{options.alias, options.alias == alias_until::replied});
  return number;
}

// Removes the DOWN of this monitor from the mailbox. True: it was there.
bool flush_down(process_control& p, monitor_ref monitor) {
  for (envelope** at = p.queue.start_of({nullptr, id_access::number(monitor)}); *at; at = &(*at)->next)
    if ((*at)->type == type_of<down>() && (*at)->as<down>().monitor == monitor) {
      discard_message(p, at);
      return true;
    }
  return false;
}

bool end_alias(std::uint64_t number) {
  process_control& p = require_process("unalias()");
  return p.relations && p.relations->aliases.erase(number);
}

}  // namespace

monitor_ref monitor(pid who) { return start_monitor(require_process("monitor()"), who, runtime_core::next_reference()); }

monitor_ref monitor(pid who, monitor_options options) {
  process_control& p = require_process("monitor()");
  return start_monitor(p, who, new_monitor(p, options));
}

monitor_ref monitor(std::string_view name) { return monitor(name, {}); }

monitor_ref monitor(std::string_view name, monitor_options options) {
  process_control& p = require_process("monitor()");
  const std::uint64_t number = new_monitor(p, options);
  if (!p.muted())
    relations_of(p).monitor_names.emplace(number, std::string(name));
  const monitor_ref monitor = start_monitor(p, whereis(name).value_or(pid{}), number);
  if (p.relations && !p.relations->monitors.find(number))
    p.relations->monitor_names.erase(number);
  return monitor;
}

bool demonitor(monitor_ref monitor, demonitor_options options) {
  process_control& p = require_process("demonitor()");
  if (options.flush)
    refuse_in_guard(p, "demonitor(monitor, {.flush = true})");
  const std::uint64_t number = id_access::number(monitor);
  bool found = false;
  if (watching* w = p.relations && id_access::owner(monitor) == p.self() ? p.relations->monitors.find(number) : nullptr) {
    found = true;
    const pid target = pid::from_bits(w->target);
    p.relations->monitors.erase(number);
    p.relations->monitor_names.erase(number);
    if (target)
      transmit(target, make_signal<signal_kind::demonitor>(demonitor_signal{number}));
  }
  end_monitor_alias(p, number);
  if (!found && options.flush)
    flush_down(p, monitor);
  return !options.info || found;
}

ref alias(alias_options options) {
  process_control& p = require_process("alias()");
  const std::uint64_t number = runtime_core::next_reference();
  relations_of(p).aliases.insert(number, alias_state{alias_until::unaliased, options.reply});
  p.queue.note_reference(number);
  return id_access::make_ref(number, p.self());
}

bool unalias(ref alias) { return end_alias(id_access::number(alias)); }
bool unalias(monitor_ref alias) { return end_alias(id_access::number(alias)); }

namespace detail {

void end_monitor_alias(process_control& p, std::uint64_t number) {
  if (!p.relations)
    return;
  const alias_state* alias = p.relations->aliases.find(number);
  if (alias && alias->until != alias_until::unaliased)
    p.relations->aliases.erase(number);
}

}  // namespace detail

}  // namespace brood
