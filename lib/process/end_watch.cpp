// The owner's side of an end_watch: its monitor, and what its DOWN does in place of a message.
#include "process/end_watch.hpp"

#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/exit.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace brood {

task_owner_error::task_owner_error(std::string_view call, pid owner)
    : std::invalid_argument(fmt::format(
          "{}: only the process that made a task may wait for it, and that is {}, not the caller: let the owner wait and "
          "send the value on",
          call, to_string(owner))) {}

namespace detail {

namespace {

void unlink_quietly(process_control& p, end_watch& w) noexcept {
  link_state* link = p.relations ? p.relations->links.find(w.process.bits()) : nullptr;
  if (!link || link->unlink_id != 0)
    return;
  link->unlink_id = runtime_core::next_reference();
  if (!transmit_always(w.process, make_signal<signal_kind::unlink>(unlink_signal{p.self(), link->unlink_id})))
    p.relations->links.erase(w.process.bits());
}

void drop_monitor(process_control& p, end_watch& w) noexcept {
  const std::uint64_t number = id_access::number(w.monitor);
  if (!number || !p.relations || !p.relations->monitors.erase(number))
    return;
  drop_end_watch(p, number);
  transmit_always(w.process, make_signal<signal_kind::demonitor>(demonitor_signal{number}));
}

// The owner is another process: its half of the link goes when the DOWN arrives there.
void unlink_for_the_owner(end_watch& w) noexcept {
  transmit_always(w.process, make_signal<signal_kind::unlink>(unlink_signal{w.owner, runtime_core::next_reference()}));
}

void kill_always(const end_watch& w) noexcept { transmit_always(w.process, make_exit(exit_type, w.owner, reason::kill)); }

}  // namespace

void require_owner_to_be(const char* call) { require_process(call); }

void require_owner(const end_watch& w, const char* call) {
  if (require_process(call).self() != w.owner)
    throw task_owner_error(call, w.owner);
}

void begin_end_watch(end_watch& w, const spawned& made, bool linked) {
  process_control& p = *running_process();
  w.process = made.process;
  w.owner = p.self();
  w.monitor = made.monitor;
  w.linked = linked;
  if (!made.monitor)
    return;  // a condemned process spawns nobody, and will not wait
  try {
    relations_of(p).end_watches.insert(id_access::number(made.monitor), &w);
  } catch (...) {
    demonitor(made.monitor);
    end_and_forget(w);
    throw;
  }
  w.retain();
}

void drop_end_watch(process_control& p, std::uint64_t number) noexcept {
  if (end_watch** w = p.relations->end_watches.find(number)) {
    end_watch* dropped = *w;
    p.relations->end_watches.erase(number);
    dropped->release();
  }
}

bool note_end(process_control& p, std::uint64_t number, envelope_ptr& e) {
  if (p.relations->end_watches.size() == 0)
    return false;
  end_watch** found = p.relations->end_watches.find(number);
  if (!found)
    return false;
  const counted<end_watch> w(*found);  // the monitor's share
  p.relations->end_watches.erase(number);
  w->ended = true;
  w->why = e->as<down>().why;
  if (w->linked)
    p.relations->links.erase(w->process.bits());
  if (end_board* board = std::exchange(w->board, nullptr)) {
    board->post(*w);
    end_answer_wait(p, board->awaited, e);
  }
  return true;
}

// The handle is gone: no monitor and no link of it is left. False: its owner had seen it end.
static bool stop_watching(end_watch& w) noexcept {
  process_control* p = running_process();
  if (p && p->self() == w.owner) {
    if (w.ended)
      return false;
    if (w.linked)
      unlink_quietly(*p, w);
    drop_monitor(*p, w);
  } else if (w.linked) {
    unlink_for_the_owner(w);
  }
  return true;
}

void end_and_forget(end_watch& w) noexcept {
  if (stop_watching(w))
    kill_always(w);
}

void let_go(end_watch& w) noexcept { stop_watching(w); }

void ask_to_end(end_watch& w, const exit_reason& why) {
  process_control& p = *running_process();
  if (w.linked)
    unlink_quietly(p, w);
  exit(w.process, why);
}

void forget_exited(const end_watch& w) noexcept {
  process_control& p = *running_process();
  for (envelope** at = p.queue.first(); *at; at = &(*at)->next)
    if ((*at)->type == type_of<exited>() && (*at)->as<exited>().who == w.process) {
      discard_message(p, at);
      return;
    }
}

bool end_awaiter::begin(process_stack& stack, answer_waiter& w, end_board& board) {
  process_control& p = control_of(stack);
  core& c = *this_core();
  if ((p.inbox.something_arrived() || p.has_deferred) && !p.condemned)
    take_in(c, p, p.inbox.fetch(), intake::all);
  if (p.doomed)
    return true;
  if (--c.budget <= 0)
    p.yielding = true;
  if (board.first)
    return p.yielding;
  if (w.limit.negative()) {
    p.yielding = false;
    throw std::invalid_argument(
        "brood: a negative time limit for a task: use 0s to look whether it has ended, infinity to wait for ever");
  }
  if (w.limit.count() == 0)
    return p.yielding;
  begin_answer_wait(stack, w);
  board.awaited = w.number;
  return true;
}

}  // namespace detail

}  // namespace brood
