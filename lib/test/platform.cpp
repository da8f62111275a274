#include "test/platform.hpp"

#include "process/blocking_pool.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>

namespace brood::detail {

namespace {
constexpr std::uint64_t timers_identity = 1;  // nobody's pid

std::uint64_t pid_of(const runnable* r) noexcept { return static_cast<const process_control*>(runnable_of(r))->self().bits(); }
}  // namespace

// What can happen next, in the order of urgency.
struct simulated_platform::possible final : candidates {
  const simulated_platform& plat;
  bool timers;
  std::uint32_t io, ready, held, jobs;

  explicit possible(const simulated_platform& p)
      : plat(p),
        timers(p.timers_are_due()),
        io(p.net_.possible()),
        ready(static_cast<std::uint32_t>(p.ready_.size())),
        held(static_cast<std::uint32_t>(p.held_.size())),
        jobs(static_cast<std::uint32_t>(p.jobs_.size())) {}
  std::uint32_t count() const noexcept { return timers + io + ready + held + jobs; }
  std::uint64_t identity(std::uint32_t i) const noexcept override {
    if (i < timers)
      return timers_identity;
    i -= timers;
    if (i < io)
      return plat.net_.identity(i);
    i -= io;
    if (i < ready)
      return pid_of(plat.ready_.at(i));
    i -= ready;
    if (i < held)
      return plat.held_.sender(i);
    return ~plat.jobs_[i - held]->number;
  }
};

void simulated_platform::begin(strategy& s, const simulate_options& options, trace* told, std::vector<core*> cores) {
  strategy_ = &s;
  options_ = &options;
  trace_ = told;
  cores_ = std::move(cores);
  busy_ = 0;
  at_chance_ = false;
  delivered_ = nullptr;
  now_ = first_instant;
  steps_ = hash_ = 0;
  counts_ = {};
  dice_ = dice(~options.seed);
  ready_.clear();
  spawned_.clear();
  net_.begin(options);
  kernel_.begin(options);
}

std::uint32_t simulated_platform::decide(choice what, std::uint32_t n, const candidates* who) {
  if (n < 2 || !at_chance_)
    return 0;
  const std::uint32_t taken = strategy_->pick(what, n, who);
  mix(static_cast<std::uint64_t>(what) << 48 ^ std::uint64_t{n} << 24 ^ taken);
  if (trace_)
    trace_->decided({what, n, taken});
  return taken;
}

std::uint32_t simulated_platform::budget() noexcept {
  const std::uint32_t some = decide(choice::budget, 9);
  counts_.short_turns += some != 0;
  return some == 0 ? 2000 : some;
}

std::size_t simulated_platform::fetch_limit(std::size_t n) noexcept {
  const std::uint32_t some = decide(choice::fetch, static_cast<std::uint32_t>(n));
  counts_.partial_intakes += some != 0;
  return some == 0 ? n : some;
}

bool simulated_platform::step() {
  ++steps_;
  if (at_chance_)
    kill_somebody();
  net_.look();
  const possible next(*this);
  if (next.count() == 0)
    return false;
  std::uint32_t i = decide(choice::next, next.count(), &next);
  counts_.reorderings += i != 0;
  if (i < next.timers) {
    serve_timers();
    return true;
  }
  i -= next.timers;
  if (i < next.io) {
    if (trace_)
      trace_->at(now_ - first_instant);
    net_.happen(i);
    return true;
  }
  i -= next.io;
  if (i < next.ready) {
    runnable* r = ready_.take(i);
    run(r, *cores_[decide(choice::scheduler, static_cast<std::uint32_t>(cores_.size()))], false);
    return true;
  }
  i -= next.ready;
  if (i < next.held)
    deliver(i);
  else
    finish(i - next.held);
  return true;
}

void simulated_platform::run(runnable* r, core& c, bool in_between) {
  auto& p = *static_cast<process_control*>(runnable_of(r));
  if (!is_for_signals(r)) {
    deliver_all_of(pid_of(r));
    work();
  }
  mix(pid_of(r));
  if (trace_ && !is_for_signals(r)) {
    trace_->at(now_ - first_instant);
    trace_->runs(p, in_between);
  }
  core* const before = this_core();
  busy_ |= 1u << c.index;
  set_this_core(&c);
  c.run(r);
  set_this_core(before);
  busy_ &= ~(1u << c.index);
  if (trace_ && !is_for_signals(r))
    trace_->rested(p);
}

// Another virtual scheduler, one that has nothing to do, runs a process between two steps of the one that runs now, or serves timers.
void simulated_platform::interleave() noexcept {
  if (!options_->interleave || !at_chance_ || std::popcount(busy_) == static_cast<int>(cores_.size()))
    return;
  const bool timers = timers_are_due();
  if (ready_.empty() && !timers)
    return;
  static constexpr std::size_t most = 4;
  struct others final : candidates {
    const ready_queue& ready;
    const std::uint64_t running;
    const std::uint32_t some;
    others(const ready_queue& q, std::uint64_t r) noexcept
        : ready(q), running(r), some(static_cast<std::uint32_t>(std::min(q.size(), most))) {}
    std::uint64_t identity(std::uint32_t i) const noexcept override {
      return i == 0 ? running : i <= some ? pid_of(ready.at(i - 1)) : timers_identity;
    }
  };
  const process_control* running = running_process();
  const others who(ready_, running ? pid_of(running) : timers_identity);
  const std::uint32_t i = decide(choice::interleave, 1 + who.some + timers, &who);
  if (i == 0)
    return;
  ++counts_.interruptions;
  core& idle = *cores_[static_cast<unsigned>(std::countr_one(busy_))];
  if (i <= who.some)
    return run(ready_.take(i - 1), idle, true);
  core* const before = this_core();
  set_this_core(&idle);
  for (core* c : cores_)
    idle.serve_timers_of(*c, now_);
  set_this_core(before);
}

bool simulated_platform::timers_are_due() const noexcept {
  return std::any_of(cores_.begin(), cores_.end(), [&](core* c) { return c->due.load(std::memory_order_relaxed) <= now_; });
}

void simulated_platform::serve_timers() {
  for (core* c : cores_)
    if (c->due.load(std::memory_order_relaxed) <= now_) {
      set_this_core(c);
      c->serve_timers();
    }
}

void simulated_platform::jump_to(std::int64_t when) {
  now_ = std::max(now_, when);
  mix(static_cast<std::uint64_t>(now_));
  if (trace_)
    trace_->at(now_ - first_instant);
}

// ---- signals on their way, work on its way

// What a process sends late in its turn may arrive later: as if the process were interrupted between two sends. Up to its next turn,
// its death, and the next signal that is no message: for of that it learns at once whether somebody is there.
bool simulated_platform::carry(std::uint64_t to, envelope* e) noexcept {
  const process_control* sender = running_process();
  const std::uint64_t from = sender ? pid_of(sender) : 0;
  if (!at_chance_ || e == delivered_ || from == 0 || from == to)
    return false;
  const bool message = e->type->kind == signal_kind::message;
  if (held_.find(from, 0) != held_signals::none) {
    if (message)
      return hold(0, {from, to, envelope_ptr(e)});
    deliver_all_of(from);
  }
  if (held_.find(from, to) != held_signals::none)
    return hold(to, {from, to, envelope_ptr(e)});
  if (fault(choice::delay, options_->faults.delay)) {
    ++counts_.delays;
    return hold(to, {from, to, envelope_ptr(e)});
  }
  if (message && options_->split_sends && decide(choice::hold, 2) != 0) {
    ++counts_.split_sends;
    return hold(0, {from, to, envelope_ptr(e)});
  }
  return false;
}

bool simulated_platform::hold(std::uint64_t line_to, held_signal s) {
  ++counts_.held_signals;
  held_.add(line_to, std::move(s));
  return true;
}

void simulated_platform::deliver(std::size_t line) {
  const bool may_join_a_pair = held_.is_of_a_turn(line);
  held_signal s = held_.take(line);
  if (may_join_a_pair && held_.find(s.from, s.to) != held_signals::none)
    return held_.add(s.to, std::move(s));
  if (trace_)
    trace_->say(fmt::format("what {} sent arrives at {}: {}", who_is(s.from), who_is(s.to), what_is(*s.signal)), s.from, s.to);
  const envelope* const outer = std::exchange(delivered_, s.signal.get());
  if (offer_always(pid::from_bits(s.to), s.signal.get()))
    static_cast<void>(s.signal.release());
  else
    answer_for_the_dead(pid::from_bits(s.to), std::move(s.signal), reason::noproc);
  delivered_ = outer;
}

void simulated_platform::deliver_all_of(std::uint64_t sender) {
  for (std::size_t line; (line = held_.find(sender, 0)) != held_signals::none;)
    deliver(line);
}

// On a thread of its own, as far as the work can see.
void simulated_platform::finish(std::size_t job) {
  std::shared_ptr<blocking_job> done = std::move(jobs_[job]);
  jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(job));
  deliver_all_of(done->asker.bits());
  work();
  if (trace_) {
    trace_->at(now_ - first_instant);
    trace_->say(fmt::format("blocking work of {} is done", who_is(done->asker.bits())), done->asker.bits());
  }
  core* const before = this_core();
  set_this_core(nullptr);
  run_blocking(std::move(done));
  set_this_core(before);
}

std::uint64_t simulated_platform::running() const noexcept {
  const process_control* p = running_process();
  return p ? p->self().bits() : 0;
}

// ---- the story

void simulated_platform::note(happening what, runnable* who, std::uint64_t other, const envelope* e) noexcept {
  auto* const p = static_cast<process_control*>(who);
  if (what == happening::spawned || what == happening::unborn)
    spawned_.push_back(pid_of(who));
  if (what == happening::spawned && net_.hosts.any())
    net_.hosts.inherit(pid_of(who), other);
  if (what == happening::dying)
    for (std::size_t line; (line = held_.find(pid_of(who), 0)) != held_signals::none;) {
      interleave();  // it has not ended yet, as far as anybody knows
      if ((line = held_.find(pid_of(who), 0)) != held_signals::none)
        deliver(line);
    }
  if (what == happening::dying)
    return;
  mix(static_cast<std::uint64_t>(what) ^ (p ? pid_of(p) : 0) << 8);
  mix(other ^ (e ? std::uint64_t{e->type->size} << 40 ^ std::uint64_t{static_cast<std::uint8_t>(e->type->kind)} << 56 : 0));
  if (trace_)
    trace_->happened(what, p, other, e);
}

void simulated_platform::drop_leftovers() noexcept {
  held_.clear();
  jobs_.clear();
}

}  // namespace brood::detail
