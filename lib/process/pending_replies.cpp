// Asynchronous requests: the caller's half.
#include <brood/detail/pending_reply.hpp>

#include "process/end_watch.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <optional>
#include <utility>

namespace brood::detail {

counted<pending_reply> begin_request(const destination& to, envelope_ptr request) {
  process_control& p = require_process("send_request()");
  counted<pending_reply> reply(new pending_reply);
  reply->owner = p.self();
  reply->why = reason::noproc;
  const std::optional<pid> server = to.find();
  if (!server) {
    reply->ended = true;
    return reply;
  }
  reply->process = *server;
  reply->number = runtime_core::next_reference() | asynchronous;
  call_head& head = request->as<call_head>();
  head.from = p.self();
  head.number = reply->number;
  head.server = *server;
  auto& expected = extra_of(p).expected;
  expected.emplace(reply->number, reply);
  if (transmit(*server, make_signal<signal_kind::expect_call>(expect_call_signal{p.self(), reply->number}))) {
    transmit(*server, request.release());
  } else {
    expected.erase(reply->number);
    reply->ended = true;
  }
  return reply;
}

task<bool> wait_for_reply(pending_reply& reply, time_limit limit) {
  require_owner(reply, "reply_ref::await");
  if (reply.ended)
    co_return true;
  end_board board;
  board_guard guard(reply, board);
  co_return co_await quietly(end_awaiter(board, limit, reply.process));
}

void give_up(pending_reply& reply, const exit_reason& why) noexcept {
  process_control* p = running_process();
  if (!p || p->self() != reply.owner || reply.ended)
    return;  // elsewhere: dropped when it comes
  reply.ended = true;
  reply.why = why;
  p->extra->expected.erase(reply.number);
  transmit_always(reply.process, make_signal<signal_kind::withdraw>(withdraw_signal{reply.number}));
}

void note_reply(process_control& p, std::uint64_t number, envelope_ptr e) noexcept {
  if (!p.extra)
    return;
  const auto found = p.extra->expected.find(number);
  if (found == p.extra->expected.end())
    return;  // given up, or answered before
  const counted<pending_reply> reply = std::move(found->second);
  p.extra->expected.erase(found);
  reply->ended = true;
  if (e->type->says_why_not)
    reply->why = std::move(e->as<answer<exit_reason>>().value);
  else
    reply->answer = std::move(e);
  if (end_board* board = std::exchange(reply->board, nullptr)) {
    board->post(*reply);
    envelope_ptr nothing;
    end_answer_wait(p, board->awaited, nothing);
  }
}

void withdraw_all(process_control& p) noexcept {
  for (const auto& [number, reply] : p.extra->expected)
    transmit_always(reply->process, make_signal<signal_kind::withdraw>(withdraw_signal{number}));
  p.extra->expected.clear();
}

}  // namespace brood::detail
