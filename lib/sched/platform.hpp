// The one seam to everything nondeterministic: time, chance, who is next, how much is taken in, how a thread sleeps.
//
// Production uses process/real_platform.hpp; the simulator brings another and is otherwise the same code.
#pragma once

#include "sched/driver.hpp"
#include "sched/runnable.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace brood::detail {

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
  // How threads sleep: chosen once, before any exists; then one for each.
  virtual driver_kind choose_driver(driver_kind kind, std::string* why_not_uring) = 0;
  virtual std::unique_ptr<driver> make_driver(driver_kind chosen) = 0;

  // Under simulation the platform holds the run queue.
  bool simulated() const noexcept { return simulated_; }
  virtual void push(runnable*) {}
  virtual runnable* pick() { return nullptr; }

 protected:
  bool simulated_ = false;
};

}  // namespace brood::detail
