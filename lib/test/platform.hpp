// The simulator's side of the seam: clock, run queue, and every decision.
#pragma once

#include "process/core.hpp"
#include "test/choice.hpp"
#include "test/held_signals.hpp"
#include "test/network.hpp"
#include "test/ready_queue.hpp"
#include "test/strategy.hpp"
#include "test/trace.hpp"
#include "test/virtual_kernel.hpp"

#include <brood/blocking.hpp>
#include <brood/simulate.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace brood::detail {

class simulated_platform final : public platform {
 public:
  static constexpr std::int64_t first_instant = 1'000'000'000;  // the clock at the start of every run

  simulated_platform() { simulated_ = true; }
  // As if new. `told`: null, or where the story goes. The options outlive the run.
  void begin(strategy& s, const simulate_options& options, trace* told, std::vector<core*> cores);
  // Once the first process is there.
  void leave_to_chance() noexcept { at_chance_ = true; }
  // From now on nothing is left to chance, nor told: what is left of the run is put away.
  void wind_down() noexcept {
    at_chance_ = false;
    trace_ = nullptr;
  }

  // A part of a run: one turn of one process, or timers that are due, or a signal that was held, or work of
  // blocking(f). False: none of these.
  bool step();
  void jump_to(std::int64_t when);
  // What is left when no process is.
  void drop_leftovers() noexcept;

  // When something happens by itself that is no timer.
  std::int64_t next_arrival() const noexcept { return net_.next_arrival(); }
  // At once, wherever it is.
  void kill(pid who);

  // ---- for the network
  simulated_network& net() noexcept { return net_; }
  kernel& system_calls() noexcept { return kernel_; }
  std::uint32_t decide(choice what, std::uint32_t n, const candidates* who = nullptr);
  bool fault(choice what, double probability);
  void mix(std::uint64_t what) noexcept { hash_ = (hash_ ^ what) * 0x9e3779b97f4a7c15 ^ hash_ >> 29; }
  simulation_counts& injected() noexcept { return counts_; }
  // The running process's pid's bits, or 0.
  std::uint64_t running() const noexcept;
  // A line of the story, made only if somebody listens.
  template <class Line>
  void tell(Line line) {
    if (trace_)
      trace_->say(line(), running());
  }

  std::uint64_t steps() const noexcept { return steps_; }
  std::uint64_t hash() const noexcept { return hash_; }
  const simulation_counts& counts() const noexcept { return counts_; }
  // All that were spawned, the dead, too.
  const std::vector<std::uint64_t>& spawned() const noexcept { return spawned_; }

  std::int64_t now() noexcept override { return now_; }
  std::uint64_t random() noexcept override { return dice_.roll(); }
  std::uint32_t budget() noexcept override;
  std::size_t fetch_limit(std::size_t n) noexcept override;
  driver_kind choose_driver(driver_kind kind, std::string*) override { return kind; }
  std::unique_ptr<driver> make_driver(driver_kind) override { return nullptr; }  // there are no threads to sleep
  void push(runnable* r) override { ready_.push(r); }
  void interleave() noexcept override;
  bool carry(std::uint64_t to, envelope* e) noexcept override;
  void submit(std::shared_ptr<blocking_job> job) override;
  void note(happening what, runnable* who, std::uint64_t other, const envelope* e) noexcept override;
  // Whether this allocation fails.
  bool fails_allocation() noexcept;

 private:
  struct possible;
  bool timers_are_due() const noexcept;
  void serve_timers();
  void run(runnable* r, core& c, bool in_between);
  void deliver(std::size_t line);
  void deliver_all_of(std::uint64_t sender);
  bool hold(std::uint64_t line_to, held_signal s);
  void finish(std::size_t job);
  void work();
  pid choose_victim();
  void kill_somebody();

  strategy* strategy_ = nullptr;
  const simulate_options* options_ = nullptr;
  trace* trace_ = nullptr;
  std::vector<core*> cores_;
  std::uint32_t busy_ = 0;  // a bit for each core that is in the midst of a turn
  bool at_chance_ = false;
  const envelope* delivered_ = nullptr;  // was held: not to be held again
  std::int64_t now_ = first_instant;
  std::uint64_t steps_ = 0;
  std::uint64_t hash_ = 0;
  simulation_counts counts_;
  dice dice_;
  ready_queue ready_;
  held_signals held_;
  std::vector<std::shared_ptr<blocking_job>> jobs_;
  std::vector<std::uint64_t> spawned_;
  simulated_network net_{*this};
  virtual_kernel kernel_{*this, net_};
};

// Throws std::invalid_argument.
void check_work(const simulate_work& work);

}  // namespace brood::detail
