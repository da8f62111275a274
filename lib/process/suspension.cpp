// suspend_process and resume_process: the holds on a process, each with a hidden monitor of who made it.
#include <brood/suspend_process.hpp>

#include "process/question.hpp"
#include "process/runtime_core.hpp"

#include <brood/send.hpp>

#include <algorithm>
#include <stdexcept>

namespace brood {

namespace detail {
namespace {

auto hold_by(process_control& p, pid who) noexcept {
  auto& holds = p.extra->holds;
  return std::find_if(holds.begin(), holds.end(), [who](const suspension& h) { return h.by == who; });
}

}  // namespace

void receive_hold(process_control& p, const question& q) {
  auto& holds = extra_of(p).holds;
  if (const auto known = hold_by(p, q.asker); known != holds.end()) {
    ++known->times;
    return answer_question(q.asker, q.number, true);
  }
  const std::uint64_t number = runtime_core::next_reference() | hidden_monitor;
  holds.push_back({q.asker, 1, number});
  relations_of(p).monitors.insert(number, watching{q.asker.bits()});
  p.held = true;
  if (!transmit_always(q.asker, make_signal<signal_kind::monitor>(monitor_signal{p.self(), number}))) {
    p.relations->monitors.erase(number);  // dead already
    end_hold(p, number);
    return;
  }
  answer_question(q.asker, q.number, true);
}

void receive_release(process_control& p, const question& q) {
  const auto known = p.extra ? hold_by(p, q.asker) : std::vector<suspension>::iterator();
  if (!p.extra || known == p.extra->holds.end())
    return answer_question(q.asker, q.number, false);
  if (--known->times == 0) {
    const std::uint64_t number = known->monitor;
    p.relations->monitors.erase(number);
    end_hold(p, number);
    transmit_always(q.asker, make_signal<signal_kind::demonitor>(demonitor_signal{number}));
  }
  answer_question(q.asker, q.number, true);
}

bool end_hold(process_control& p, std::uint64_t monitor) noexcept {
  auto& holds = p.extra->holds;
  const auto ended = std::erase_if(holds, [monitor](const suspension& h) { return h.monitor == monitor; });
  p.held = !holds.empty();
  return ended > 0;
}

}  // namespace detail

using namespace detail;

task<bool> suspend_process(pid who) {
  if (who == self())
    throw std::invalid_argument("brood: suspend_process(self()): nobody could resume it; wait for a message instead");
  co_return co_await detail::quietly(question_awaiter<bool, question, signal_kind::hold>(who, false));
}

task<bool> resume_process(pid who) {
  co_return co_await detail::quietly(question_awaiter<bool, question, signal_kind::release>(who, false));
}

}  // namespace brood
