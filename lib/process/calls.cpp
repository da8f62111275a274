// Calls: who waits for whom, and what becomes of it when either is gone.
#include <brood/detail/call.hpp>
#include <brood/detail/pending_reply.hpp>

#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <stdexcept>

namespace brood::detail {

namespace {

constexpr message_type failure_answer_type = [] {
  message_type type = answer_type<exit_reason>;
  type.says_why_not = true;
  return type;
}();

// Whether the caller is still there, in that call. Relaxed: if it reads the number, the caller's giving up comes later, and so does
// its signal, which takes the record back; if the caller gave up before that signal was taken in, this thread sees it.
bool still_waits(const call_head& head) noexcept {
  const process_control* p = process_table::instance().find(head.from);
  return p && p->calls.load(std::memory_order_relaxed) == head.number;
}

}  // namespace

bool call_wait::begin(process_stack& stack) {
  if (limit.negative())
    throw std::invalid_argument("brood: call with a negative time limit: use infinity to wait for ever");
  process_control& p = control_of(stack);
  if (whom == p.self()) {
    why_ = reason::calling_self;
    return false;
  }
  begin_answer_wait(stack, *this);
  call_head& head = request_->as<call_head>();
  head.from = p.self();
  head.number = number;
  head.server = whom;
  p.calls.store(number, std::memory_order_relaxed);
  envelope* e = request_.release();
  sent_ = offer(whom, e);
  if (sent_)
    return true;
  destroy(e);
  abandon_answer_wait(stack);
  why_ = reason::noproc;
  return false;
}

void call_wait::give_up() noexcept {
  if (process_control* p = running_process())
    p->calls.store(0, std::memory_order_relaxed);
  transmit_always(whom, make_signal<signal_kind::withdraw>(withdraw_signal{number}));
}

void hold(const call_head& head) noexcept {
  process_control* p = running_process();
  if (!p || head.server != p->self() || head.number == 0 || (head.number & asynchronous) != 0 || !still_waits(head))
    return;
  auto& held = relations_of(*p).held;
  if (!held.find(head.number))  // it may have sent it on to itself
    held.insert(head.number, held_call{head.from.bits()});
}

void abandon_taken(envelope* e) noexcept {
  if (e == failure_mark)
    return;
  if (e->type->kind == signal_kind::call)
    hold(e->as<call_head>());
  destroy(e);
}

void give_reply(call_head& head, envelope_ptr reply) noexcept {
  process_control* p = running_process();
  if (p && p->muted())
    return;  // its death will tell
  const std::uint64_t number = std::exchange(head.number, 0);
  if (!p || p->self() != head.server)
    transmit_always(head.server, make_signal<signal_kind::withdraw>(withdraw_signal{number}));
  else if (p->relations)
    p->relations->held.erase(number);
  transmit(head.from, reply.release());
}

void answer_failure(pid caller, std::uint64_t number, const exit_reason& why) noexcept {
  transmit_always(caller, persist([&] { return make_envelope<answer<exit_reason>>(failure_answer_type, number, why); }));
}

}  // namespace brood::detail
