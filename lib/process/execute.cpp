// What each signal does to the process that receives it. Decisions are made here, on reception: whether it traps, whether a link
// or monitor or alias is still active.
#include "process/end_watch.hpp"
#include "process/inspection.hpp"
#include "process/reporting.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/supervises.hpp"

#include <optional>
#include <utility>

namespace brood::detail {

namespace {

// An exit signal that nothing stops.
void receive_exit(process_control& p, envelope_ptr e, bool by_link) {
  const exited& signal = e->as<exited>();
  if (by_link) {
    link_state* link = p.relations ? p.relations->links.find(signal.who.bits()) : nullptr;
    if (!link)
      return;
    const bool active = link->unlink_id == 0;
    p.relations->links.erase(signal.who.bits());
    if (!active)
      return;  // unlinked here already
  } else if (signal.why == reason::kill) {
    return doom(p, reason::killed);
  }
  if (p.traps) {
    e->type = type_of<exited>();
    return admit(p, e.release());
  }
  if (signal.why != reason::normal || (!by_link && signal.who == p.self()))
    doom(p, signal.why);
}

void receive_kill_order(process_control& p, bool trees_too) {
  if (p.attends || p.doomed)
    return;
  const bool in_tree = is_in_tree(p);
  if (in_tree && !trees_too)
    return;
  runtime_core::get()->note_killed(p, in_tree);
  doom(p, reason::killed);
}

void receive_down(process_control& p, envelope_ptr e) {
  down& d = e->as<down>();
  const std::uint64_t number = id_access::number(d.monitor);
  if (!p.relations || !p.relations->monitors.erase(number))
    return;  // demonitored meanwhile
  if (note_end(p, number, e))
    return;
  if (p.held && end_hold(p, number))
    return;
  end_monitor_alias(p, number);
  const auto named = p.relations->monitor_names.find(number);
  if (named != p.relations->monitor_names.end()) {
    d.name = std::move(named->second);
    p.relations->monitor_names.erase(named);
  }
  e->type = type_of<down>();
  admit(p, e.release());
}

void receive_through_alias(process_control& p, alias_signal& signal) {
  alias_state* alias = p.relations ? p.relations->aliases.find(signal.number) : nullptr;
  if (!alias)
    return;
  if (alias->reply) {
    p.relations->aliases.erase(signal.number);
    if (watching* w = p.relations->monitors.find(signal.number)) {  // it ends the monitor, too
      const pid target = pid::from_bits(w->target);
      p.relations->monitors.erase(signal.number);
      p.relations->monitor_names.erase(signal.number);
      if (target)
        transmit_always(target, make_signal<signal_kind::demonitor>(demonitor_signal{signal.number}));
    }
  }
  admit(p, signal.message.release());
}

void receive_link(process_control& p, pid from) {
  auto& links = relations_of(p).links;
  if (!links.find(from.bits()))
    links.insert(from.bits(), link_state{0});
}

void receive_unlink(process_control& p, const unlink_signal& signal) {
  if (p.relations)
    if (link_state* link = p.relations->links.find(signal.from.bits()); link && link->unlink_id == 0)
      p.relations->links.erase(signal.from.bits());
  transmit_always(signal.from, make_signal<signal_kind::unlink_ack>(unlink_signal{p.self(), signal.id}));
}

void receive_unlink_ack(process_control& p, const unlink_signal& signal) {
  if (p.relations)
    if (link_state* link = p.relations->links.find(signal.from.bits()); link && link->unlink_id == signal.id)
      p.relations->links.erase(signal.from.bits());
}

void receive_answer(process_control& p, envelope_ptr e) {
  const std::uint64_t number = e->as<answer_head>().number;
  if ((number & asynchronous) != 0)
    return note_reply(p, number, std::move(e));
  end_answer_wait(p, number, e);  // too late: whoever asked has given up
}

}  // namespace

void execute(process_control& p, envelope_ptr& e) {
  switch (e->type->kind) {
    case signal_kind::message:
    case signal_kind::call:
      return admit(p, e.release());
    case signal_kind::alias_message:
      return receive_through_alias(p, e->as<alias_signal>());
    case signal_kind::link:
      return receive_link(p, e->as<link_signal>().from);
    case signal_kind::unlink:
      return receive_unlink(p, e->as<unlink_signal>());
    case signal_kind::unlink_ack:
      return receive_unlink_ack(p, e->as<unlink_signal>());
    case signal_kind::exit_by_link:
      return receive_exit(p, std::move(e), true);
    case signal_kind::exit:
      return receive_exit(p, std::move(e), false);
    case signal_kind::stop_order:
      if (!is_supervised(p) && !p.attends)
        receive_exit(p, std::move(e), false);
      return;
    case signal_kind::kill_order:
      return receive_kill_order(p, e->as<kill_order_signal>().trees_too);
    case signal_kind::monitor: {
      const auto& signal = e->as<monitor_signal>();
      relations_of(p).monitored_by.insert(signal.number, watcher{signal.watcher.bits()});
      return;
    }
    case signal_kind::demonitor:
      if (p.relations)
        p.relations->monitored_by.erase(e->as<demonitor_signal>().number);
      return;
    case signal_kind::down:
      return receive_down(p, std::move(e));
    case signal_kind::alive: {
      const auto& q = e->as<question>();
      return answer_question(q.asker, q.number, true);
    }
    case signal_kind::inspect: {
      const auto& q = e->as<inspect_question>();
      process_info info = persist([&] { return describe_process(p, q.with); });
      if (q.asker == p.self())
        info.status = process_status::running;
      return answer_question(q.asker, q.number, std::optional<process_info>(std::move(info)));
    }
    case signal_kind::answer:
      return receive_answer(p, std::move(e));
    case signal_kind::room:
      return receive_room_request(p, e->as<room_signal>());
    case signal_kind::expect_call: {
      const auto& signal = e->as<expect_call_signal>();
      relations_of(p).held.insert(signal.number, held_call{signal.caller.bits()});
      return;
    }
    case signal_kind::withdraw:
      if (p.relations)
        p.relations->held.erase(e->as<withdraw_signal>().number);
      return;
    case signal_kind::hold:
      return receive_hold(p, e->as<question>());
    case signal_kind::release:
      return receive_release(p, e->as<question>());
    case signal_kind::arrival: {
      const auto& signal = e->as<arrival_signal>();
      return signal.what->arrived(p, signal.number);
    }
  }
}

void end_answer_wait(process_control& p, std::uint64_t number, envelope_ptr& e) noexcept {
  if (!p.wait || !p.waits_answer || static_cast<answer_waiter*>(p.wait)->number != number)
    return;
  if (simulating()) [[unlikely]]
    note(happening::received, &p, 0, e.get());
  p.wait->result = e.release();
  p.wait = nullptr;
  p.waits_answer = false;
  p.deadline.store(no_deadline, std::memory_order_relaxed);
}

void doom(process_control& p, exit_reason why) noexcept {
  if (p.doomed)
    return;  // the first fatal signal wins
  p.doomed = true;
  p.why = std::move(why);
}

process_relations& relations_of(process_control& p) {
  if (!p.relations)
    p.relations = new process_relations;
  return *p.relations;
}

process_extra& extra_of(process_control& p) {
  if (!p.extra)
    p.extra = new process_extra;
  return *p.extra;
}

void answer_for_the_dead(pid dead, envelope_ptr e, const exit_reason& why) {
  switch (e->type->kind) {
    case signal_kind::link:
      transmit_always(e->as<link_signal>().from, make_exit(exit_by_link_type, dead, reason::noproc));
      return;
    case signal_kind::unlink:
      transmit_always(e->as<unlink_signal>().from,
                      make_signal<signal_kind::unlink_ack>(unlink_signal{dead, e->as<unlink_signal>().id}));
      return;
    case signal_kind::monitor: {
      const auto& signal = e->as<monitor_signal>();
      const auto number = id_access::make_monitor_ref(signal.number, signal.watcher);
      transmit_always(signal.watcher, make_down(number, dead, reason::noproc));
      return;
    }
    case signal_kind::alive:
    case signal_kind::hold:
    case signal_kind::release:
      return answer_question(e->as<question>().asker, e->as<question>().number, false);
    case signal_kind::inspect:
      return answer_question(e->as<inspect_question>().asker, e->as<inspect_question>().number, std::optional<process_info>());
    case signal_kind::room:
      return answer_question(e->as<room_signal>().asker, e->as<room_signal>().number, false);
    case signal_kind::expect_call:
      return answer_failure(e->as<expect_call_signal>().caller, e->as<expect_call_signal>().number, why);
    case signal_kind::call: {
      const auto& head = e->as<call_head>();
      if (head.server == dead && head.number != 0)
        answer_failure(head.from, head.number, why);
      return;
    }
    default:
      return;  // messages, and signals nobody waits for
  }
}

}  // namespace brood::detail
