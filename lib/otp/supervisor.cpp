// What a supervisor does: starting, restarting, and what is asked of it. Stopping is in supervisor_stop.cpp.
#include "otp/supervisor.hpp"

#include "otp/strategy.hpp"
#include "process/core.hpp"
#include "process/starting.hpp"
#include "process/supervises.hpp"

#include <brood/already_started.hpp>
#include <brood/detail/start.hpp>
#include <brood/errors.hpp>
#include <brood/exit.hpp>
#include <brood/send.hpp>
#include <brood/timers.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

namespace brood::detail {

namespace {

outcome<pid> refused(child_error error) { return outcome<pid>::failure(exit_reason(error)); }

}  // namespace

supervisor::supervisor(const supervisor_options& options)
    : options_(options), table_(options.strategy != restart_strategy::dynamic), intensity_(options.restarts, options.within) {
  check_options(options);
}

// ---- starting

// The reason normal: it runs, or was a one-shot that ran to its end.
task<exit_reason> supervisor::start(place p) {
  child_spec& spec = table_[p].spec;
  auto spawn = [&](const spawn_settings& settings) {
    const spawned made = child_spec_access::start(spec, settings);
    if (child_spec_access::terms(spec).restart == restart_type::temporary)
      child_spec_access::forget_function(spec);  // it is never started again
    return made;
  };
  start_order order{.options = {.link = true, .name = std::string(child_spec_access::name(spec))},
                    .at_once = child_spec_access::terms(spec).at_once,
                    .id = child_spec_access::id(spec)};
  start_result result = co_await quietly(start_process(std::move(order), make_spawner(spawn)));
  if (!result.running) {
    table_.now_stopped(p);
    co_return result.why;
  }
  table_.now_running(p, result.child.process);
  table_[p].supervises = supervises(result.child.process);
  co_return reason::normal;
}

task<> supervisor::start_all(std::vector<child_spec> specs) {
  for (child_spec& spec : specs) {
    check_spec(options_, spec);
    const std::string& id = child_spec_access::id(spec);
    if (!dynamic() && table_.find(id) != nowhere)
      throw std::invalid_argument("brood: two children have the id " + quote(id));
    table_.add(std::move(spec));
  }
  for (place p = table_.first(); p != nowhere;) {
    const place next = table_[p].next;
    const exit_reason why = co_await quietly(start(p));
    if (why != reason::normal) {
      failed_to_start failure{child_spec_access::id(table_[p].spec), why};
      report_failed_start(table_[p].spec, why, false);
      give_up_start(require_process("supervise"));
      co_await quietly(stop_all());
      exit(reason::shutdown_with(std::move(failure)));
    }
    if (table_[p].state == child_state::stopped)
      retire(p);
    p = next;
  }
}

// ---- ends

// A child that is not started again: a static supervisor keeps its spec, unless it is temporary.
void supervisor::retire(place p) {
  if (dynamic() || child_spec_access::terms(table_[p].spec).restart == restart_type::temporary)
    table_.remove(p);
  else
    table_.now_retired(p);
}

// A child may become a supervisor at any time of its life.
void supervisor::note_kind(place p) {
  if (supervises(table_[p].process))
    table_[p].supervises = true;
}

void supervisor::note_loss(place p, const exit_reason& why) {
  const pid process = table_[p].process;
  note_kind(p);
  table_.now_stopped(p);
  losses_.push_back({p, table_[p].version, process, why});
}

task<> supervisor::ended(pid who, exit_reason why) {
  const place p = table_.find(who);
  if (p == nowhere)
    co_return;  // a stranger
  note_loss(p, why);
  co_await quietly(settle());
}

task<> supervisor::settle() {
  while (!losses_.empty() && !gave_up_) {
    std::vector<loss> noticed;
    noticed.swap(losses_);
    for (loss& l : noticed)
      if (!gave_up_ && table_[l.child].version == l.version)  // else it was dealt with in a group
        co_await quietly(react(l.child, l.process, std::move(l.why)));
  }
}

task<> supervisor::react(place p, pid process, exit_reason why) {
  const child_terms& terms = child_spec_access::terms(table_[p].spec);
  if (!starts_again(terms.restart, why)) {
    const bool significant = terms.significant;
    if (!ended_orderly(why))
      report_end(table_[p].spec, process, why, consequence::left, 0, options_);
    retire(p);
    if (shuts_down(options_.stops_when, significant, table_.significant_left()))
      gave_up_ = reason::shutdown;
    co_return;
  }
  const bool allowed = intensity_.allows(now());
  report_end(table_[p].spec, process, why, allowed ? consequence::restarted : consequence::gives_up, intensity_.lately(), options_);
  if (allowed)
    co_await quietly(restart(p, process));
  else
    gave_up_ = reason::shutdown;
}

task<> supervisor::try_again(next_attempt attempt) {
  const place p = attempt.child;
  if (table_[p].version != attempt.version)
    co_return;  // terminated, deleted or started by a request meanwhile
  if (intensity_.allows(now())) {
    co_await quietly(restart(p, table_[p].process));
  } else {
    report_end(table_[p].spec, {}, {}, consequence::gives_up, intensity_.lately(), options_);
    gave_up_ = reason::shutdown;
  }
  co_await quietly(settle());
}

std::vector<place> supervisor::reached_from(place dead) const {
  const auto [earlier, later] = reach_of(options_.strategy);
  std::vector<place> reached;
  for (place p = earlier ? table_.first() : dead; p != nowhere; p = table_[p].next) {
    reached.push_back(p);
    if (p == dead && !later)
      break;
  }
  return reached;
}

task<> supervisor::restart(place dead, pid last) {
  const std::vector<place> reached = reached_from(dead);
  std::vector<sibling> siblings;
  siblings.reserve(reached.size());
  for (const place p : reached)
    siblings.push_back({.running = table_[p].state == child_state::running,
                        .temporary = child_spec_access::terms(table_[p].spec).restart == restart_type::temporary});
  const restart_plan plan = plan_restart(siblings);
  for (const std::size_t i : plan.stop)
    if (table_[reached[i]].state == child_state::running)  // it may have ended by itself meanwhile
      co_await quietly(stop({reached[i]}));
  for (const std::size_t i : plan.forget)
    table_.remove(reached[i]);
  for (const std::size_t i : plan.start) {
    const place p = reached[i];
    const exit_reason why = co_await quietly(start(p));
    if (why != reason::normal) {
      table_.now_restarting(p, p == dead ? last : pid());
      report_failed_start(table_[p].spec, why, true);
      send(self(), next_attempt{p, table_[p].version});
      co_return;
    }
    if (table_[p].state == child_state::stopped)
      retire(p);
  }
}

// ---- requests

task<outcome<pid>> supervisor::start_child(child_spec spec) {
  try {
    check_spec(options_, spec);
  } catch (...) {
    co_return outcome<pid>::failure(exit_reason_access::from_exception(std::current_exception()));
  }
  if (!dynamic())
    if (const place p = table_.find(child_spec_access::id(spec)); p != nowhere)
      co_return table_[p].state == child_state::running ? outcome<pid>::failure(exit_reason(already_started{table_[p].process}))
                                                        : refused(child_error::already_present);
  if (table_.size() >= options_.max_children)
    co_return refused(child_error::max_children);
  const place p = table_.add(std::move(spec));
  const exit_reason why = co_await quietly(start(p));
  if (why != reason::normal) {
    table_.remove(p);
    co_return outcome<pid>::failure(why);
  }
  const pid process = table_[p].process;
  if (!process)
    retire(p);
  co_return process;
}

task<outcome<pid>> supervisor::restart_child(std::string id) {
  const place p = table_.find(id);
  if (p == nowhere)
    co_return refused(child_error::not_found);
  if (table_[p].state != child_state::stopped)
    co_return refused(table_[p].state == child_state::running ? child_error::running : child_error::restarting);
  const exit_reason why = co_await quietly(start(p));
  if (why != reason::normal)
    co_return outcome<pid>::failure(why);
  co_return table_[p].process;
}

task<outcome<>> supervisor::terminate_child(place p) {
  if (p == nowhere)
    co_return outcome<>::failure(exit_reason(child_error::not_found));
  if (table_[p].state == child_state::running)
    co_await quietly(stop({p}));
  retire(p);
  co_await quietly(settle());
  co_return outcome<>();
}

outcome<> supervisor::delete_child(std::string_view id) {
  const place p = table_.find(id);
  if (p == nowhere)
    return outcome<>::failure(exit_reason(child_error::not_found));
  if (table_[p].state != child_state::stopped)
    return outcome<>::failure(
        exit_reason(table_[p].state == child_state::running ? child_error::running : child_error::restarting));
  table_.remove(p);
  return {};
}

std::vector<child_info> supervisor::which_children() {
  std::vector<child_info> children;
  children.reserve(table_.size());
  for (place p = table_.first(); p != nowhere; p = table_[p].next) {
    note_kind(p);
    const child_record& child = table_[p];
    const pid process = child.state == child_state::running ? child.process : pid();
    children.push_back({child_spec_access::id(child.spec), process, child.state, child.supervises});
  }
  return children;
}

child_counts supervisor::count_children() {
  child_counts counts{.specs = table_.size(), .active = table_.running(), .supervisors = 0, .workers = 0};
  for (const child_info& child : which_children())
    ++(child.supervisor ? counts.supervisors : counts.workers);
  return counts;
}

}  // namespace brood::detail
