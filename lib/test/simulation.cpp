#include "test/simulation.hpp"

#include "memory/slab.hpp"
#include "process/report_writer.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/starting.hpp"
#include "process/timers.hpp"
#include "test/picture.hpp"
#include "test/platform.hpp"

#include <brood/exit.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

namespace brood::detail {

namespace {

constexpr std::size_t most_schedulers = 8;
constexpr std::int64_t grace = 1'000'000'000;

// The simulator's processes have a table of their own, so that their pids begin anew with each run.
process_table& own_table() {
  static auto* table = new process_table(1u << 22);
  return *table;
}

// A runtime for so many virtual schedulers, kept from run to run: making one costs more than most runs do.
struct house {
  simulated_platform plat;
  runtime_core rt;
  std::vector<core*> cores;

  explicit house(std::size_t schedulers) : rt(options(schedulers), plat) {
    for (const auto& w : rt.sched.workers)
      cores.push_back(static_cast<core*>(w.get()));
    for (core* c : cores)
      c->io = plat.net().make_driver(*c);
  }
  static run_options options(std::size_t schedulers) {
    run_options o;
    o.schedulers = schedulers;
    return o;
  }
  static house& of(std::size_t schedulers) {
    if (schedulers < 1 || schedulers > most_schedulers)
      throw std::invalid_argument(fmt::format("brood: simulate_options::schedulers must be 1 to {}", most_schedulers));
    static auto* houses = new std::array<std::unique_ptr<house>, most_schedulers + 1>;
    std::unique_ptr<house>& h = (*houses)[schedulers];
    if (!h)
      h = std::make_unique<house>(schedulers);
    return *h;
  }
};

house* current = nullptr;
bool allocation_fails() { return current->plat.fails_allocation(); }

class simulation {
 public:
  simulation(const simulate_options& options, strategy& s, trace* told)
      : options_(options), house_(house::of(options.schedulers)), plat_(house_.plat), rt_(house_.rt) {
    program_table_ = process_table::use(&own_table());
    try {
      rt_.begin_run();
      try {
        plat_.begin(s, options, told, house_.cores);  // throws std::invalid_argument
      } catch (...) {
        rt_.end_run();
        throw;
      }
    } catch (...) {
      process_table::use(program_table_);
      throw;
    }
    forget_kept_reports();
    current = &house_;
    simulated_kernel = &plat_.system_calls();
    simulation_runs.store(true, std::memory_order_relaxed);
    set_this_core(house_.cores[0]);
    if (options.faults.allocation > 0)
      watch_allocations(&allocation_fails);
  }

  ~simulation() {
    put_away();
    for (const std::uint64_t who : plat_.spawned())  // the next run's tenants begin with the first serial again
      own_table().forget_serial(who & process_table::index_mask);
    set_this_core(nullptr);
    simulation_runs.store(false, std::memory_order_relaxed);
    rt_.end_run();
    process_table::use(program_table_);
  }

  void run(const first_spawn& first) {
    std::exception_ptr failure;
    try {
      run_first(first);
    } catch (...) {
      failure = std::current_exception();
    }
    took_ = std::chrono::nanoseconds(plat_.now() - plat_.first_instant);
    wind_down();
    put_away();
    if (failure)
      std::rethrow_exception(failure);
    if (const std::string open = plat_.net().open_descriptors(); !open.empty())
      throw simulation_failed("brood: all processes are dead, and these descriptors are still open:\n" + open);
  }

  simulated_platform& plat() noexcept { return plat_; }
  std::chrono::nanoseconds took() const noexcept { return took_; }

 private:
  void run_first(const first_spawn& first) {
    const spawned made = first.spawn(first.context, spawn_settings{});
    rt_.watch_first(made.process);
    plat_.leave_to_chance();
    while (!rt_.first_has_ended()) {
      if (plat_.steps() >= options_.step_limit)
        throw simulation_failed(
            fmt::format("brood: no end after {} steps and {} of virtual time (simulate_options::step_limit); the busiest:\n{}",
                        plat_.steps(), duration_text(plat_.now() - plat_.first_instant), picture_of_the_busiest()));
      if (!step())
        throw simulation_failed("brood: nothing can run and no timer is set:\n" + picture_of_waiting() + plat_.net().picture());
    }
    exit_reason why;
    rt_.first_has_ended(why);
    if (std::exception_ptr thrown = why.exception())
      std::rethrow_exception(thrown);
    if (why != reason::normal)
      throw simulation_failed(fmt::format("brood: the first process ended with {}", to_string(why)));
  }

  // Something that can happen, else a jump to the next timer. False: neither is possible.
  bool step() {
    if (plat_.step())
      return true;
    std::int64_t next = driver::no_deadline;
    for (core* c : house_.cores)
      if (c->due.load(std::memory_order_relaxed) != driver::no_deadline)
        next = std::min(next, c->next_deadline());
    next = std::min(next, plat_.next_arrival());
    if (next == driver::no_deadline)
      return false;
    plat_.jump_to(next);
    start_patience::look_at_all(next);
    return true;
  }

  // As run() does: exit shutdown for all, after a virtual second and what supervisors promise kill, until nobody is left.
  void wind_down() {
    plat_.wind_down();
    if (rt_.living() == 0)
      return;
    tell_all(&order_to_stop);
    const std::int64_t begin = plat_.now();
    const std::uint64_t steps = plat_.steps() + 100'000;
    const auto all_may_be_killed = [&] { return plat_.now() >= rt_.promises.over_at(begin, grace) || plat_.steps() >= steps; };
    while (rt_.living() > 0 && plat_.now() < begin + grace && plat_.steps() < steps && step()) {}
    if (rt_.living() > 0 && !all_may_be_killed()) {
      tell_all([](pid who) noexcept { order_to_die(who, false); });
      while (rt_.living() > 0 && !all_may_be_killed() && step()) {}
    }
    while (rt_.living() > 0) {  // again: a process may spawn others while it dies
      tell_all([](pid who) noexcept { transmit_always(who, make_exit(exit_type, pid{}, reason::kill)); });
      for (std::uint64_t end = plat_.steps() + 100'000; rt_.living() > 0 && plat_.steps() < end && step();) {}
    }
  }

  // What no process has any more. Again, if that could not be done before.
  void put_away() noexcept {
    watch_allocations(nullptr);
    rt_.refuse_newborns();  // what is destroyed now may try to spawn
    drop_all_timers();
    plat_.drop_leftovers();
    plat_.net().end();
  }

  void tell_all(void (*tell)(pid)) {
    for (std::size_t i = 0; i < plat_.spawned().size(); ++i)
      if (const pid who = pid::from_bits(plat_.spawned()[i]); process_table::instance().alive(who))
        tell(who);
  }

  const simulate_options& options_;
  house& house_;
  simulated_platform& plat_;
  runtime_core& rt_;
  process_table* program_table_ = nullptr;
  std::chrono::nanoseconds took_{0};
};

}  // namespace

void run_simulation(const simulate_options& options, strategy& s, const first_spawn& first, simulation_info& info, trace* told) {
  check_work(options.work);
  simulation run(options, s, told);
  const auto count = [&] {
    ++info.schedules;
    info.steps += run.plat().steps();
    info.trace_hash = info.trace_hash * 31 + run.plat().hash();
    info.injected += run.plat().counts();
    info.virtual_time += run.took();
  };
  try {
    run.run(first);
  } catch (...) {
    count();
    throw;
  }
  count();
}

}  // namespace brood::detail
