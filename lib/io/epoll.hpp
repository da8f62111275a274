// The fallback: an edge-triggered eventfd under epoll_pwait2, or with a timerfd beside it on kernels before 5.11. Each operation is a
// one-shot interest in its descriptor; those of one descriptor share it, as epoll knows a descriptor but once.
#pragma once

#include "io/wake_event.hpp"
#include "sched/driver.hpp"

#include <sys/epoll.h>

#include <unordered_map>
#include <vector>

namespace brood::detail {

// The seam for tests: returns as the system call does, -1 and errno.
struct epoll_calls {
  int (*pwait2)(int epoll, epoll_event* events, int capacity, const timespec* timeout);
  static const epoll_calls real;
};

class epoll_driver final : public driver {
 public:
  explicit epoll_driver(const epoll_calls& calls = epoll_calls::real);
  ~epoll_driver() override;

  void wait(std::int64_t deadline_ns) override;
  void wake() noexcept override { event_.signal(); }
  void start(operation& o) noexcept override;
  void cancel(operation& o) noexcept override;
  void poll() override;
  const char* name() const noexcept override { return "epoll"; }

 private:
  bool make_timer();
  void wait_with_timerfd(std::int64_t deadline_ns);
  void wait_in_milliseconds(std::int64_t deadline_ns);
  void watch(int fd);
  // Interest in all that the operations of a descriptor wait for. 0 or an errno.
  int arm(int fd) noexcept;
  void take(const epoll_event* events, int count) noexcept;
  void ready(int fd, unsigned events) noexcept;
  bool forget(operation& o) noexcept;

  const epoll_calls& calls_;
  wake_event event_;
  int epoll_ = -1;
  int timer_ = -1;  // made when epoll_pwait2 turns out to be missing, used from then on
  bool timer_armed_ = false;
  std::unordered_map<int, std::vector<operation*>> waiting_;  // by descriptor; in the order in which they began
};

}  // namespace brood::detail
