// How a scheduler thread sleeps, and how others end its sleep. Two back ends: io_uring, and epoll where that is forbidden.
//
// wait: the owner thread only, always the same one. wake and name: any thread, before, during and after a wait. A wake-up carries
// no data: publish through atomics first, then wake.
#pragma once

#include <cstdint>
#include <limits>

namespace brood::detail {

enum class driver_kind : std::uint8_t { automatic, uring, epoll };

class driver {
 public:
  static constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();

  driver() = default;
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;
  virtual ~driver() = default;

  // Sleeps until wake() or until CLOCK_MONOTONIC reaches the deadline, in nanoseconds; one in the past only polls. Returns for no
  // reason now and then (a signal, a kernel short of memory): callers look again at what they waited for.
  virtual void wait(std::int64_t deadline_ns) = 0;

  // Ends the current wait, or else the next. Any number before a wait end that one wait. Safe in a signal handler.
  virtual void wake() noexcept = 0;

  virtual const char* name() const noexcept = 0;
};

}  // namespace brood::detail
