#include "io/kernel.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace brood::detail {

namespace {

// What a call returned, with its errno in place of -1. EINTR: again, for none of these waits.
template <class Call>
auto without_errno(Call call) noexcept {
  auto result = call();
  while (result < 0 && errno == EINTR)
    result = call();
  return result < 0 ? static_cast<decltype(result)>(-errno) : result;
}

class machine final : public kernel {
 public:
  int open_socket(int domain, int type) noexcept override {
    return without_errno([&] { return ::socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); });
  }
  int open_pair(int ends[2]) noexcept override {
    return without_errno([&] { return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends); });
  }
  int bind(int fd, const sockaddr* at, socklen_t size) noexcept override {
    return without_errno([&] { return ::bind(fd, at, size); });
  }
  int listen(int fd, int backlog) noexcept override {
    return without_errno([&] { return ::listen(fd, backlog); });
  }
  int connect(int fd, const sockaddr* to, socklen_t size) noexcept override {
    return ::connect(fd, to, size) == 0 ? 0 : errno == EINTR ? -EINPROGRESS : -errno;  // interrupted, it goes on by itself
  }
  int accept(int fd, sockaddr* from, socklen_t* size) noexcept override {
    return without_errno([&] { return ::accept4(fd, from, size, SOCK_CLOEXEC | SOCK_NONBLOCK); });
  }
  ssize_t receive(int fd, void* to, std::size_t size) noexcept override {
    return without_errno([&] { return ::recv(fd, to, size, MSG_DONTWAIT); });
  }
  ssize_t send(int fd, const iovec* parts, std::size_t count) noexcept override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = count;
    return without_errno([&] { return ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
  }
  int shutdown(int fd, int how) noexcept override {
    return without_errno([&] { return ::shutdown(fd, how); });
  }
  void close(int fd) noexcept override { ::close(fd); }  // EINTR: closed all the same, on Linux

  int local_name(int fd, sockaddr* name, socklen_t* size) noexcept override {
    return without_errno([&] { return ::getsockname(fd, name, size); });
  }
  int peer_name(int fd, sockaddr* name, socklen_t* size) noexcept override {
    return without_errno([&] { return ::getpeername(fd, name, size); });
  }
  int set_option(int fd, int level, int option, const void* value, socklen_t size) noexcept override {
    return without_errno([&] { return ::setsockopt(fd, level, option, value, size); });
  }
  int pending_error(int fd) noexcept override {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }
  std::size_t unread(int fd) noexcept override { return asked(fd, SIOCINQ); }
  std::size_t unsent(int fd) noexcept override { return asked(fd, SIOCOUTQ); }

  int unlink(const char* path) noexcept override {
    return without_errno([&] { return ::unlink(path); });
  }
  int set_mode(const char* path, int mode) noexcept override {
    return without_errno([&] { return ::chmod(path, static_cast<mode_t>(mode)); });
  }

 private:
  static std::size_t asked(int fd, unsigned long what) noexcept {
    int bytes = 0;
    return ::ioctl(fd, what, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
  }
};

}  // namespace

kernel& real_kernel() noexcept {
  static machine real;
  return real;
}

}  // namespace brood::detail
