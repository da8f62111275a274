// What the simulator does to a run beside scheduling it: faults, and the time that work takes.
#include "process/blocking_pool.hpp"
#include "process/inspection.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "test/platform.hpp"

#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace brood::detail {

bool simulated_platform::fault(choice what, double probability) {
  if (probability <= 0 || !at_chance_)
    return false;
  const bool yes = strategy_->happens(what, probability);
  mix(static_cast<std::uint64_t>(what) << 48 ^ yes);
  if (trace_)
    trace_->decided({what, 2, yes});
  return yes;
}

namespace {

// Whether a kill would find somebody who has not ended yet.
bool can_be_killed(const process_control& p) noexcept { return !p.exiting && !p.doomed; }

bool may_be_killed(process_control& p, const simulate_faults& aim) {
  if (!can_be_killed(p) || (aim.kill_only_started && (!p.started || p.starting)))
    return false;
  return !aim.kill_if || aim.kill_if(describe_process(p));
}

}  // namespace

// Nobody's pid: there is none to be had. Asks the user's predicate: between two turns, so every process is as it will be found.
pid simulated_platform::choose_victim() {
  const simulate_faults& faults = options_->faults;
  if (!faults.kill_if && !faults.kill_only_started)
    return spawned_.size() < 2
               ? pid()
               : pid::from_bits(spawned_[1 + decide(choice::next, static_cast<std::uint32_t>(spawned_.size() - 1))]);
  std::vector<pid> targets;
  for (std::size_t i = 1; i < spawned_.size(); ++i)
    if (const pid who = pid::from_bits(spawned_[i]);
        process_table::instance().alive(who) && may_be_killed(*process_table::instance().find(who), faults))
      targets.push_back(who);
  return targets.empty() ? pid() : targets[decide(choice::next, static_cast<std::uint32_t>(targets.size()))];
}

void simulated_platform::kill_somebody() {
  if (!fault(choice::kill, options_->faults.kill))
    return;
  const pid who = choose_victim();
  if (!who)
    return;
  process_table& table = process_table::instance();
  counts_.kills += table.alive(who) && can_be_killed(*table.find(who));
  kill(who);
}

void simulated_platform::kill(pid who) {
  envelope_ptr e(make_exit(exit_type, pid{}, reason::kill));
  delivered_ = e.get();
  if (offer_always(who, e.get()))
    static_cast<void>(e.release());
  delivered_ = nullptr;  // or an envelope that is made in the same place would never be held
}

bool simulated_platform::fails_allocation() noexcept {
  core* const c = this_core();
  if (!c || !c->in_user_code || std::uncaught_exceptions() > 0)
    return false;
  if (!c->current->top && runtime_core::get()->is_first(*c->current))
    return false;  // its own first frame: there would be nobody to notice
  if (!fault(choice::allocation, options_->faults.allocation))
    return false;
  ++counts_.allocation_failures;
  if (trace_)
    trace_->say("an allocation fails", c->current->self().bits());
  return true;
}

void simulated_platform::submit(std::shared_ptr<blocking_job> job) {
  if (fault(choice::blocking, options_->faults.blocking)) {
    ++counts_.blocking_failures;
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                            "brood: blocking(f), under simulation");
  }
  jobs_.push_back(std::move(job));
}

void check_work(const simulate_work& work) {
  if (work.average.count() < 0 || work.spread.count() < 0 || work.spread > work.average)
    throw std::invalid_argument(
        "brood: simulate_options::work: average and spread can't be negative, nor the spread be more than the "
        "average");
}

// 0 is the average; 1 and 2, 3 and 4, … the average less and more a part of the spread, the whole spread first.
void simulated_platform::work() {
  const simulate_work& w = options_->work;
  if (w.average.count() == 0 || !at_chance_)
    return;
  static constexpr std::uint32_t parts = 512;
  std::int64_t took = w.average.count();
  if (const std::int64_t spread = w.spread.count(); spread > 0)
    if (const std::uint32_t taken = decide(choice::work, 1 + 2 * parts); taken > 0) {
      const std::int64_t part = parts - (taken - 1) / 2;
      const std::int64_t off = spread / parts * part + spread % parts * part / parts;
      took += taken % 2 == 1 ? -off : off;
    }
  now_ += took;
  mix(static_cast<std::uint64_t>(now_));
}

}  // namespace brood::detail
