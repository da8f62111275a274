// The order of death: frames, closure, unread messages; the report; the name and what tables keep of it; the inbox closes and
// timers to it are cancelled; links fire; monitors fire; what was left in the inbox is answered; the slot is free. OTP: erts_continue_exit_process
#include "process/death.hpp"

#include "process/groups.hpp"
#include "process/names.hpp"
#include "process/reporting.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/starting.hpp"
#include "process/system_watch.hpp"
#include "process/tables.hpp"
#include "process/timers.hpp"
#include "process/turn_end.hpp"

#include <optional>
#include <utility>

namespace brood::detail {

namespace {

constexpr int signals_a_slice = 500;

bool is_plain_message(const envelope& e) noexcept { return e.type->kind == signal_kind::message; }

// Destroys the messages, keeps the signals: those are answered at the end.
void destroy_messages(process_control& p) noexcept {
  envelope** at = p.queue.first();
  while (envelope* e = *at) {
    if (is_plain_message(*e))
      destroy(p.queue.remove(at));
    else
      at = &e->next;
  }
}

void take_over(process_control& p, envelope* newest_first) noexcept {
  envelope* oldest = nullptr;
  while (newest_first)
    newest_first = std::exchange(newest_first->next, std::exchange(oldest, newest_first));
  while (oldest) {
    envelope* e = std::exchange(oldest, oldest->next);
    if (is_plain_message(*e))
      destroy(e);
    else
      p.queue.append(e);
  }
}

void settle_room_line(process_control& p) noexcept {
  for (const room_request& waiting : p.extra->room_line) {
    destroy(waiting.message);
    answer_question(waiting.asker, waiting.number, false);
  }
  p.extra->room_line.clear();
}

// What it had to say with its stop_serving; a server that was ended by others says nothing but why.
void send_last_replies(process_control& p, bool by_itself) noexcept {
  for (last_reply& last : p.extra->last_replies) {
    if (by_itself)
      transmit_always(last.caller, last.reply.release());
    else
      answer_failure(last.caller, last.reply->as<answer_head>().number, p.why);
  }
  p.extra->last_replies.clear();
}

// Tells one of those who are tied to it. False: nobody is left.
bool tell_next(process_control& p) {
  if (!p.relations && p.queue.empty())
    return false;
  const pid dead = p.self();
  if (process_relations* r = p.relations) {
    id_map<link_state>::entry link;
    if (r->links.pop(link, r->cursor)) {
      if (link.value.unlink_id == 0)
        transmit_always(pid::from_bits(link.id), make_exit(exit_by_link_type, dead, p.why));
      return true;
    }
    id_map<watching>::entry watched;
    if (r->monitors.pop(watched, r->monitors_cursor)) {
      if (watched.value.target != 0)
        transmit_always(pid::from_bits(watched.value.target), make_signal<signal_kind::demonitor>(demonitor_signal{watched.id}));
      return true;
    }
    id_map<watcher>::entry watching_us;
    if (r->monitored_by.pop(watching_us, r->monitored_by_cursor)) {
      const pid to = pid::from_bits(watching_us.value.pid);
      transmit_always(to, make_down(id_access::make_monitor_ref(watching_us.id, to), dead, p.why));
      return true;
    }
    id_map<held_call>::entry held;
    if (r->held.pop(held, r->held_cursor)) {
      answer_failure(pid::from_bits(held.value.caller), held.id, p.why);
      return true;
    }
  }
  if (envelope* left = p.queue.pop()) {
    answer_for_the_dead(dead, envelope_ptr(left), p.why);
    return true;
  }
  return false;
}

void free_slot(core& c, process_control& p) {
  if (simulating()) [[unlikely]]
    note(happening::died, &p);
  delete std::exchange(p.relations, nullptr);
  delete std::exchange(p.extra, nullptr);
  p.queue.drop_marks();
  p.why = exit_reason();
  runtime_core& rt = *runtime_core::get();
  if (p.attends) [[unlikely]]
    rt.attendant_ended();
  (simulating() ? rt.outside_slots : c.slots).put(&p);
  rt.process_ended(c);
}

}  // namespace

void destroy_frames(process_control& p) noexcept {
  frame_base* frame = std::exchange(p.top, nullptr);
  while (frame) {
    frame_base* outer = frame->parent == frame ? nullptr : frame->parent;
    if (frame->parent && frame->parent != frame)
      *static_cast<task_frame*>(frame)->owner() = nullptr;  // the awaiting expression must not destroy it again
    destroy_frame(*frame);
    frame = outer;
  }
}

void begin_death(core& c, process_control& p) {
  const bool by_itself = !p.doomed;  // ran to its end or threw; else it was told to end, and whoever told reports
  p.doomed = p.exiting = true;
  if (simulating()) [[unlikely]]
    note(happening::dying, &p);
  p.yielding = false;
  c.failure = nullptr;
  std::optional<pending_report> report;
  if (by_itself && (p.why.is_error() || (p.serves && p.why != reason::normal && !p.why.is_shutdown())) &&
      !(simulating() && runtime_core::get()->is_first(p)))  // whose end simulate() throws
    try {
      report.emplace(p);  // before its frames are gone: they know where it waits
    } catch (...) {  // no memory for a report: it ends without
    }
  p.wait = nullptr;
  destroy_frames(p);
  if (p.has_turn_end_work)  // what destructors wrote
    run_turn_end_work(p);
  p.info->destroy(p.closure());
  free_closure(p);
  if (p.has_deferred)
    take_in(c, p, nullptr, intake::all);
  destroy_messages(p);
  if (p.extra)
    p.extra->dictionary = {};  // nobody learns of the death before all it owned is gone
  if (report)
    report->file();
  others_may_run();
  release_name(p);
  p.past_names = true;
  if (p.relations)
    run_death_hooks(p);
  others_may_run();
  take_over(p, p.inbox.close(p.tag()));
  release_name(p);
  if (p.starting)
    fail_start(p);
  if (p.extra) {
    settle_room_line(p);
    withdraw_all(p);
    send_last_replies(p, by_itself);
  }
  forget_timers(p);
  if (is_kept_in(p, in_table::groups))  // partner: pg::join
    forget_groups(p);
  forget_system_monitor(p);
  runtime_core::get()->about_to_tell(p);
  continue_death(c, p);
}

void continue_death(core& c, process_control& p) {
  others_may_run();
  for (int told = 0; tell_next(p); others_may_run())
    if (++told >= signals_a_slice)
      return c.requeue(p);
  free_slot(c, p);
}

}  // namespace brood::detail
