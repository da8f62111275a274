#include "process/starting.hpp"

#include "process/inspection.hpp"
#include "process/question.hpp"
#include "process/reporting.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/process.hpp>
#include <brood/spawn.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace brood::detail {

void expect_start(process_control& p, pid starter, std::uint64_t number) {
  process_relations& r = relations_of(p);
  r.held.insert(number, held_call{starter.bits()});  // so that its death answers
  r.start_number = number;
  p.starting = true;
}

void announce_start(process_control& p) noexcept {
  p.starting = false;
  process_relations& r = *p.relations;
  if (const held_call* starter = r.held.find(r.start_number)) {
    const pid who = pid::from_bits(starter->caller);
    r.held.erase(r.start_number);
    answer_question(who, r.start_number, std::monostate());
  }
}

void give_up_start(process_control& p) noexcept { p.start_failed = true; }

void fail_start(process_control& p) noexcept {
  process_relations& r = *p.relations;
  if (const held_call* starter = r.held.find(r.start_number))
    r.links.erase(starter->caller);
  r.monitored_by.erase(r.start_number);  // the monitor made with it has the same number
}

namespace {

start_patience* all_under_simulation = nullptr;  // of the one thread that simulates

constexpr std::size_t most_in_a_row = 8;

// Under simulation nobody is asked by a signal: the run goes on as it would without the report.
void report_simulated_start(pid starter, pid child, std::string_view id, std::int64_t waited) {
  std::vector<late_process> row;
  for (pid next = child; next && row.size() < most_in_a_row; next = row.back().info->answers_from) {
    process_control* const p = process_table::instance().find(next);
    if (!p || !process_table::instance().alive(next))
      break;
    row.push_back({next, describe_process(*p)});
  }
  report_slow_start(starter, child, id, waited, row);
}

// A process of its own asks: the starter waits for another answer.
process ask_and_report(pid starter, pid child, std::string id) {
  co_await quietly(report_late_start(starter, child, std::move(id), slow_start_ns));
}

}  // namespace

task<> report_late_start(pid starter, pid child, std::string id, std::int64_t waited) {
  if (simulating()) {
    report_simulated_start(starter, child, id, waited);
    co_return;
  }
  std::vector<late_process> row;
  for (pid next = child; next && row.size() < most_in_a_row;) {
    question_awaiter<std::optional<process_info>, inspect_question, signal_kind::inspect> look(next, std::nullopt,
                                                                                               inspect_options{.most = 0});
    look.limit = std::chrono::milliseconds(200);
    std::optional<process_info> info = co_await quietly(look);
    if (!info && !look.late())
      break;  // dead
    row.push_back({next, std::move(info)});
    next = row.back().info ? row.back().info->answers_from : pid();
  }
  if (!row.empty())
    report_slow_start(starter, child, id, waited, row);
}

void start_patience::begin(process_control& starter, answer_waiter& w, pid child, std::string_view id) noexcept {
  starter_ = starter.self();
  child_ = child;
  id_ = id;
  if (!simulating()) {
    starter.deadline.store(-std::min(w.limit.count(), slow_start_ns), std::memory_order_relaxed);
    return;
  }
  since_ = runtime_core::now();
  next_ = all_under_simulation;
  place_ = &all_under_simulation;
  if (next_)
    next_->place_ = &next_;
  all_under_simulation = this;
}

void start_patience::end() noexcept {
  if (!place_)
    return;
  *place_ = next_;
  if (next_)
    next_->place_ = place_;
  place_ = nullptr;
}

bool start_patience::goes_on(process_control& starter, const answer_waiter& w) noexcept {
  if (w.limit.count() <= slow_start_ns || std::exchange(reported_, true))
    return false;
  report();
  const std::int64_t over = starter.deadline.load(std::memory_order_relaxed);
  std::int64_t deadline;
  if (w.limit.infinite() || __builtin_add_overflow(over, w.limit.count() - slow_start_ns, &deadline))
    deadline = no_deadline;
  starter.deadline.store(deadline, std::memory_order_relaxed);
  return true;
}

void start_patience::look_at_all(std::int64_t now) noexcept {
  for (start_patience* s = all_under_simulation; s; s = s->next_)
    if (now - s->since_ > slow_start_ns && !std::exchange(s->reported_, true))
      s->report();
}

void start_patience::report() noexcept {
  try {
    if (simulating())
      report_simulated_start(starter_, child_, id_, slow_start_ns);
    else
      spawn_with(spawn_settings{}, &ask_and_report, starter_, child_, std::string(id_));
  } catch (...) {  // no memory for a report
  }
}

}  // namespace brood::detail
