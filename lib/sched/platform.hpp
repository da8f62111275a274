// The one seam to everything nondeterministic: time, chance, who is next, how much is taken in, how a thread sleeps.
//
// Production uses process/real_platform.hpp; the simulator brings another and is otherwise the same code.
#pragma once

#include "sched/compaction.hpp"
#include "sched/driver.hpp"
#include "sched/runnable.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace brood::detail {

struct envelope;
class blocking_job;

// True while the simulator runs. Relaxed throughout: written and read by its one thread while no other knows a process.
inline constinit std::atomic<bool> simulation_runs{false};
inline bool simulating() noexcept { return simulation_runs.load(std::memory_order_relaxed); }

// What the simulator is told, so that it can tell the story of a run. `other` is a pid's bits.
enum class happening : std::uint8_t {
  spawned,    // who: the child; other: its parent
  unborn,     // who: it was not spawned after all
  sent,       // who: the sender or null; other: the receiver; what: the signal
  received,   // who takes what
  timed_out,  // who waited long enough
  dying,      // who: all it sent has to arrive before anybody can notice
  died,       // who
};

class platform {
 public:
  virtual ~platform() = default;

  // Nanoseconds of a steady clock.
  virtual std::int64_t now() noexcept = 0;
  // The only source of chance: victims of stealing, seeds.
  virtual std::uint64_t random() noexcept = 0;
  // Awaits and sends a process may make before it has to let others run.
  virtual std::uint32_t budget() noexcept { return 2000; }
  // How many of n waiting signals a process takes in now. At least 1.
  virtual std::size_t fetch_limit(std::size_t n) noexcept { return n; }
  // Whether one scheduler works alone until the monitor looks again.
  virtual bool one_alone(compaction& by, const compaction::work& done) noexcept { return by.look(done); }
  // How threads sleep: chosen once, before any exists; then one for each.
  virtual driver_kind choose_driver(driver_kind kind, std::string* why_not_uring) = 0;
  virtual std::unique_ptr<driver> make_driver(driver_kind chosen) = 0;

  // Under simulation the platform holds the run queue.
  bool simulated() const noexcept { return simulated_; }
  virtual void push(runnable*) {}

  // The rest is asked under simulation only.

  // Called where, with more than one thread, other processes may run between two steps of this one.
  virtual void interleave() noexcept {}
  // True: it keeps the envelope and delivers it later.
  virtual bool carry(std::uint64_t /*to*/, envelope*) noexcept { return false; }
  // Work of blocking(f): runs later, completes it by complete_blocking. Throws std::system_error as if no thread could be had.
  virtual void submit(std::shared_ptr<blocking_job>) {}
  virtual void note(happening, runnable* /*who*/, std::uint64_t /*other*/, const envelope* /*what*/) noexcept {}

 protected:
  bool simulated_ = false;
};

}  // namespace brood::detail
