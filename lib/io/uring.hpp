// io_uring: one ring per driver, with a read of the eventfd always in flight, and a one-shot poll for each operation.
//
// The ring is set up by the first wait, on the thread that owns it (SINGLE_ISSUER); destroyed by any, after the last wait.
#pragma once

#include "io/wake_event.hpp"
#include "sched/driver.hpp"

#include <liburing.h>

#include <cstdint>
#include <string>

namespace brood::detail {

// The seam for tests: returns as liburing does, a negative errno on failure. `timeout` may be null.
struct uring_calls {
  int (*queue_init)(unsigned entries, io_uring* ring, io_uring_params* parameters);
  int (*submit_and_wait)(io_uring* ring, __kernel_timespec* timeout);
  static const uring_calls real;
};

// Sets up a ring with the best flags the kernel knows. 0 or a negative errno.
int open_ring(const uring_calls& calls, io_uring& ring);
void close_ring(io_uring& ring) noexcept;

// Tries all of it on a ring of its own. Empty if io_uring works on this thread, else a sentence: what failed, why, what to do.
std::string why_not_uring(const uring_calls& calls = uring_calls::real);

class uring_driver final : public driver {
 public:
  explicit uring_driver(const uring_calls& calls = uring_calls::real) : calls_(calls) {}
  ~uring_driver() override;

  void wait(std::int64_t deadline_ns) override;
  void wake() noexcept override { event_.signal(); }
  void start(operation& o) noexcept override;
  void cancel(operation& o) noexcept override;
  void poll() override;
  const char* name() const noexcept override { return "io_uring"; }

 private:
  // no_ring: the kernel refused one after the probe had succeeded (memory, descriptors); the eventfd is then all there is to sleep on.
  enum class state : std::uint8_t { new_driver, ring, no_ring };

  bool has_ring();
  bool arm();
  bool reap();
  io_uring_sqe* free_sqe() noexcept;
  void wait_on_event(std::int64_t deadline_ns);
  void wait_without_ring(std::int64_t deadline_ns);

  const uring_calls& calls_;
  wake_event event_;
  io_uring ring_{};
  std::uint64_t count_ = 0;  // what the read in flight writes; of no interest
  state state_ = state::new_driver;
  bool reading_ = false;
  bool unsubmitted_ = false;  // operations were started or cancelled that the kernel has not seen
};

}  // namespace brood::detail
