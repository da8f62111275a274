// An eventfd: the one wake-up that any thread or signal handler can send and every kind of wait can hear. Its count stays until
// read, so a wake-up before the wait is not lost. Blocking, because io_uring does not wait for a non-blocking descriptor.
#pragma once

#include "io/descriptor.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace brood::detail {

class wake_event {
 public:
  wake_event() : fd_(own_descriptor(eventfd(0, EFD_CLOEXEC), "eventfd")) {}
  wake_event(const wake_event&) = delete;
  wake_event& operator=(const wake_event&) = delete;
  ~wake_event() { close(fd_); }

  // Async-signal-safe: one system call, errno as before. It could only block at a count of 2^64 - 2.
  void signal() noexcept {
    const int saved = errno;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
    errno = saved;
  }

  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

}  // namespace brood::detail
