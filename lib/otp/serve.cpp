// What all servers do alike: begin, obey orders, end.
#include <brood/serve.hpp>

#include "process/reporting.hpp"
#include "process/signals.hpp"
#include "process/starting.hpp"

#include <algorithm>

namespace brood::detail {

namespace {

// While suspended: orders and the parent's exit only.
int match_suspended(waiter&, const envelope& e);

const message_type_ref order_type = &call_type_of<server_order>::value;
const message_type_ref system_types[] = {order_type, type_of<exited>()};
const wait_kind suspended_kind{&match_suspended, system_types, 2, false};

}  // namespace

void server_base::begin() noexcept {
  process_control& p = *running_process();
  p.serves = true;
  if (p.parent_linked)
    parent_ = p.parent;
  if (p.starting)
    announce_start(p);
  if (p.extra)
    p.extra->last_message.clear();
}

exit_reason server_base::end() noexcept {
  process_control& p = *running_process();
  if (!p.doomed)
    p.why = why_;
  return why_;
}

namespace {

int match_suspended(waiter& w, const envelope& e) { return static_cast<server_base&>(w).match_system(e); }

}  // namespace

int server_base::match_system(const envelope& e) const noexcept {
  if (e.type == order_type)
    return to_server_order;
  return e.type == type_of<exited>() && is_parent(e) ? int{to_parent_exit} : no_match;
}

bool server_base::wait(process_stack& stack) {
  if (info_.suspended) [[unlikely]]
    return begin_wait(stack, *this, suspended_kind, infinity);
  return begin_wait(stack, *this, *kind_, idle_);
}

void server_base::take(served_envelope e) {
  switch (static_cast<int>(e->matched)) {
    case to_server_order:
      return obey(std::move(e));
    case to_parent_exit:
      return stop(std::move(e->as<exited>().why));
    default:
      report_unhandled(*e);
  }
}

void server_base::obey(served_envelope e) {
  server_order& order = e->as<call_payload<server_order>>().message;
  --info_.messages;
  switch (order.verb) {
    case server_verb::stop:
      return stop(std::move(order.why));  // destroyed unanswered: the death of this process is the answer
    case server_verb::suspend:
      info_.suspended = true;
      break;
    case server_verb::resume:
      info_.suspended = false;
      break;
    case server_verb::look:
      break;
  }
  reply_to<server_info>(e->as<call_head>(), info_);
}

void server_base::report_unhandled(const envelope& e) {
  const char* const name = e.type->type->name();
  if (std::find(reported_.begin(), reported_.end(), name) != reported_.end())
    return;
  reported_.emplace_back(name);
  report_unhandled_message(*running_process(), e);
}

void server_base::keep_last_reply(call_head& head, envelope_ptr reply) {
  extra_of(*running_process()).last_replies.push_back({head.from, std::move(reply)});
  head.number = 0;
}

void server_base::note_last(const message_type& type, const envelope* e) noexcept {
  try {
    extra_of(*running_process()).last_message = e ? text_or_type(*e) : print_opaque(*type.type);
  } catch (...) {  // without it, then
  }
}

}  // namespace brood::detail
