// Mailboxes with a limit: who gets in, who is dropped, who waits in line.
#include "process/inspection.hpp"
#include "process/reporting.hpp"
#include "process/signals.hpp"

#include <brood/flags.hpp>

#include <utility>

namespace brood {

namespace detail {
namespace {

bool has_room(const process_control& p, const envelope& e) noexcept {
  if (!p.limited)
    return true;
  const process_extra& x = *p.extra;
  return p.queue.count() < x.max_mailbox &&
         (x.max_memory == unlimited || memory_besides_mailbox(p) + x.mailbox_bytes + e.block_size() <= x.max_memory);
}

void queue_message(process_control& p, envelope* e) noexcept {
  if (p.limited)
    p.extra->mailbox_bytes += e->block_size();
  p.queue.append(e);
}

void drop_oldest(process_control& p) noexcept {
  envelope** at = p.queue.first();
  while (*at && (*at)->type->never_dropped)
    at = &(*at)->next;
  if (!*at)
    return;
  envelope* dropped = p.queue.remove(at);
  p.extra->mailbox_bytes -= dropped->block_size();
  ++p.extra->dropped;
  abandon_taken(dropped);
}

void admit_waiting(process_control& p) {
  auto& line = p.extra->room_line;
  while (!line.empty() && has_room(p, *line.front().message)) {
    const room_request next = line.front();
    line.pop_front();
    queue_message(p, next.message);
    answer_question(next.asker, next.number, true);
  }
  p.has_room_line = !line.empty();
}

}  // namespace

void admit(process_control& p, envelope* e) {
  if (!has_room(p, *e) && !p.doomed) {
    process_extra& x = *p.extra;
    if (x.on_overflow == overflow::kill_receiver) {
      doom(p, reason::killed);
    } else if (x.on_overflow == overflow::report) {
      if (!std::exchange(x.overflow_reported, true))
        report_overflow(p, *e);
    } else if (x.on_overflow == overflow::drop_newest) {
      if (!e->type->never_dropped) {
        ++x.dropped;
        return abandon_taken(e);
      }
    } else {
      drop_oldest(p);
    }
  }
  queue_message(p, e);
}

void note_removed(process_control& p, const envelope& e) {
  p.extra->mailbox_bytes -= e.block_size();
  if (p.has_room_line)
    admit_waiting(p);
}

void discard_message(process_control& p, envelope** at) {
  const envelope_ptr e(p.queue.remove(at));
  if (p.limited)
    note_removed(p, *e);
}

void receive_room_request(process_control& p, room_signal& signal) {
  if (!has_room(p, *signal.message)) {
    extra_of(p).room_line.push_back({signal.asker, signal.number, signal.message.get()});
    static_cast<void>(signal.message.release());
    p.has_room_line = true;
    return;
  }
  queue_message(p, signal.message.release());
  answer_question(signal.asker, signal.number, true);
}

void limit_mailbox(process_control& p, const mailbox_limit_options& limit) {
  process_extra& x = extra_of(p);
  x.max_mailbox = limit.max_mailbox;
  x.max_memory = limit.max_memory;
  x.on_overflow = limit.on_overflow;
  x.overflow_reported = false;
  x.mailbox_bytes = 0;
  for (envelope* const* at = p.queue.first(); *at; at = &(*at)->next)
    x.mailbox_bytes += (*at)->block_size();
  p.limited = true;
  if (p.has_room_line)
    admit_waiting(p);
}

}  // namespace detail

using namespace detail;

mailbox_limit_options set_mailbox_limit(mailbox_limit_options limit) {
  process_control& p = require_process("set_mailbox_limit()");
  refuse_in_guard(p, "set_mailbox_limit(limit)");
  const process_extra& x = extra_of(p);
  const mailbox_limit_options was{x.max_mailbox, x.max_memory, x.on_overflow};
  limit_mailbox(p, limit);
  return was;
}

priority set_priority(priority prio) {
  process_control& p = require_process("set_priority()");
  const priority was = p.level();
  set_level(p, prio);
  return was;
}

}  // namespace brood
