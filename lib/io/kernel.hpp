// The system calls that sockets are made of, as one seam: production asks the machine, the simulator its virtual network.
//
// All of them return at once and as the kernel does: what it gives, or a negative errno. Every descriptor is close-on-exec and
// non-blocking. Any thread may call; one descriptor's calls are its owner's to order.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>

namespace brood::detail {

class kernel {
 public:
  virtual ~kernel() = default;

  virtual int open_socket(int domain, int type) noexcept = 0;
  virtual int open_pair(int ends[2]) noexcept = 0;  // connected streams
  virtual int bind(int fd, const sockaddr* at, socklen_t size) noexcept = 0;
  virtual int listen(int fd, int backlog) noexcept = 0;
  virtual int connect(int fd, const sockaddr* to, socklen_t size) noexcept = 0;  // -EINPROGRESS: writable when it is decided
  virtual int accept(int fd, sockaddr* from, socklen_t* size) noexcept = 0;

  virtual ssize_t receive(int fd, void* to, std::size_t size) noexcept = 0;  // 0: the stream has ended
  virtual ssize_t send(int fd, const iovec* parts, std::size_t count) noexcept = 0;
  virtual int shutdown(int fd, int how) noexcept = 0;
  virtual void close(int fd) noexcept = 0;

  virtual int local_name(int fd, sockaddr* name, socklen_t* size) noexcept = 0;
  virtual int peer_name(int fd, sockaddr* name, socklen_t* size) noexcept = 0;
  virtual int set_option(int fd, int level, int option, const void* value, socklen_t size) noexcept = 0;
  virtual int pending_error(int fd) noexcept = 0;  // SO_ERROR, which it takes: 0 or a positive errno
  virtual std::size_t unread(int fd) noexcept = 0;  // bytes that have come
  virtual std::size_t unsent(int fd) noexcept = 0;  // bytes that the peer has not acknowledged

  virtual int unlink(const char* path) noexcept = 0;  // a Unix socket's file
  virtual int set_mode(const char* path, int mode) noexcept = 0;
};

// The machine's.
kernel& real_kernel() noexcept;
// The virtual one, while a simulation runs: set and read by the thread that simulates.
inline constinit kernel* simulated_kernel = nullptr;

}  // namespace brood::detail
