#include "test/virtual_kernel.hpp"

#include "test/platform.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace brood::detail {

namespace {

using state = virtual_socket::state;

constexpr int for_want[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
}  // namespace

std::uint64_t digest(std::string_view bytes) noexcept {
  std::uint64_t h = bytes.size();
  for (const char c : bytes)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

ssize_t virtual_kernel::traced(const char* call, const virtual_socket* s, std::uint64_t with, ssize_t result) {
  plat_.mix(digest(call) ^ (s ? s->number : 0) << 32);
  plat_.mix(with ^ static_cast<std::uint64_t>(result) << 20);
  plat_.tell([&] {
    return fmt::format("{} {}: {}{}", s ? text_of(*s) : "a descriptor", call,
                       result < 0 ? strerrorname_np(static_cast<int>(-result)) : std::to_string(result),
                       s || result != -EBADF ? "" : ", it is not open");
  });
  return result;
}

bool virtual_kernel::fails(double probability, std::uint64_t simulation_counts::* kind) {
  if (!plat_.fault(choice::io_fault, probability))
    return false;
  ++(plat_.injected().*kind);
  return true;
}

// The first byte alone, all but the last, and so on: the ends are where mistakes lie.
std::size_t virtual_kernel::some_of(std::size_t n, double probability, std::uint64_t simulation_counts::* kind) {
  if (n < 2 || !fails(probability, kind))
    return n;
  const std::uint32_t taken = plat_.decide(choice::split, static_cast<std::uint32_t>(std::min<std::size_t>(n - 1, 1u << 30)));
  return taken % 2 == 0 ? 1 + taken / 2 : n - 1 - taken / 2;
}

unsigned virtual_kernel::host_here() const { return net_.hosts.home_of(plat_.running()); }

// ---- opening and closing

int virtual_kernel::open_socket(int domain, int type) noexcept {
  const auto open = [&] {
    if (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX)
      return -EAFNOSUPPORT;
    if (type != SOCK_STREAM)
      return -EPROTONOSUPPORT;
    if (fails(options_->faults.socket_error, &simulation_counts::socket_errors))
      return -for_want[plat_.decide(choice::io_fault, std::size(for_want))];
    virtual_socket& s = net_.make(domain, host_here());
    const int result = net_.give_number(s);
    if (result < 0) {
      net_.discard(s);
      return result;
    }
    return s.fd;
  };
  const int fd = open();
  traced("socket", net_.at(fd), static_cast<std::uint64_t>(domain), std::min(fd, 0));
  return fd;
}

int virtual_kernel::open_pair(int ends[2]) noexcept {
  ends[0] = open_socket(AF_UNIX, SOCK_STREAM);
  if (ends[0] < 0)
    return ends[0];
  ends[1] = open_socket(AF_UNIX, SOCK_STREAM);
  if (ends[1] < 0) {
    close(ends[0]);
    return ends[1];
  }
  net_.connect_pair(*net_.at(ends[0]), *net_.at(ends[1]));
  return 0;
}

void virtual_kernel::close(int fd) noexcept {
  virtual_socket* const s = net_.at(fd);
  traced("close", s, 0, s ? 0 : -EBADF);
  if (s)
    net_.close(*s);
}

int virtual_kernel::shutdown(int fd, int how) noexcept {
  virtual_socket* const s = net_.at(fd);
  return static_cast<int>(traced("shutdown", s, static_cast<std::uint64_t>(how), s ? shut(*s, how) : -EBADF));
}

int virtual_kernel::shut(virtual_socket& s, int how) {
  if (s.is == state::listening) {
    if (how != SHUT_WR)
      net_.stop_listening(s);
    return 0;
  }
  if (s.is == state::connecting) {
    net_.give_up(s);
    return 0;
  }
  if (s.is != state::connected)
    return -ENOTCONN;
  const bool reads = how != SHUT_WR, writes = how != SHUT_RD;
  if (reads) {
    s.shut_read = true;
    if (s.is_local() && s.peer)
      net_.touch(*s.peer);  // its writes fail from now on
  }
  if (writes && !std::exchange(s.shut_write, true))
    net_.send(s, {flight::kind::end});
  net_.touch(s);
  return 0;
}

// ---- names

int virtual_kernel::bind(int fd, const sockaddr* at, socklen_t size) noexcept {
  virtual_socket* const s = net_.at(fd);
  return static_cast<int>(traced("bind", s, 0, s ? bind_socket(*s, at, size) : -EBADF));
}

int virtual_kernel::bind_socket(virtual_socket& s, const sockaddr* at, socklen_t size) {
  endpoint e;
  if (!read_endpoint(at, size, e) || (e.family != s.domain && !(s.domain == AF_INET6 && e.family == AF_INET)))
    return -EINVAL;
  if (s.bound || s.is != state::fresh)
    return -EINVAL;
  if (!s.is_local() && net_.hosts.find(e.ip, s.host) != s.host)
    return -EADDRNOTAVAIL;
  return net_.ports.bind(s, e);
}

int virtual_kernel::local_name(int fd, sockaddr* name, socklen_t* size) noexcept {
  const virtual_socket* const s = net_.at(fd);
  if (!s)
    return -EBADF;
  write_endpoint(s->here, s->domain, name, size);
  return 0;
}

int virtual_kernel::peer_name(int fd, sockaddr* name, socklen_t* size) noexcept {
  const virtual_socket* const s = net_.at(fd);
  if (!s)
    return -EBADF;
  if (s->is != state::connected)
    return -ENOTCONN;
  write_endpoint(s->there, s->domain, name, size);
  return 0;
}

int virtual_kernel::unlink(const char* path) noexcept {
  return static_cast<int>(traced("unlink", nullptr, digest(path), net_.ports.unlink(host_here(), path)));
}
int virtual_kernel::set_mode(const char* path, int mode) noexcept {
  return static_cast<int>(
      traced("chmod", nullptr, static_cast<std::uint64_t>(mode), net_.ports.has_file(host_here(), path) ? 0 : -ENOENT));
}

// ---- options

int virtual_kernel::set_option(int fd, int level, int option, const void* value, socklen_t size) noexcept {
  virtual_socket* const s = net_.at(fd);
  return static_cast<int>(
      traced("setsockopt", s, static_cast<std::uint64_t>(option), s ? set(*s, level, option, value, size) : -EBADF));
}

int virtual_kernel::set(virtual_socket& s, int level, int option, const void* value, socklen_t size) {
  if (level == SOL_SOCKET && option == SO_LINGER) {
    linger how{};
    if (size < sizeof how)
      return -EINVAL;
    std::memcpy(&how, value, sizeof how);
    s.resets_on_close = !s.is_local() && how.l_onoff != 0 && how.l_linger == 0;
    return 0;
  }
  int number = 0;
  if (size < sizeof number)
    return -EINVAL;
  std::memcpy(&number, value, sizeof number);
  const auto twice = [number](std::size_t least) { return std::max(static_cast<std::size_t>(std::max(number, 0)) * 2, least); };
  if (level == SOL_SOCKET) {
    switch (option) {
      case SO_REUSEADDR:
        s.reuse_address = number != 0;
        return 0;
      case SO_REUSEPORT:
        s.reuse_port = number != 0;
        return 0;
      case SO_RCVBUF:
        s.receive_buffer = twice(2304);  // as Linux: twice what was asked for, and no less than this
        return 0;
      case SO_SNDBUF:
        s.send_buffer = twice(4608);
        net_.touch(s);
        return 0;
      case SO_KEEPALIVE:
        return 0;  // nothing tells a silent peer from an idle one here
      default:
        return -ENOPROTOOPT;
    }
  }
  if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY && s.domain == AF_INET6) {
    s.only_v6 = number != 0;
    return 0;
  }
  return level == IPPROTO_TCP && option == TCP_NODELAY && !s.is_local() ? 0 : -EOPNOTSUPP;
}

int virtual_kernel::pending_error(int fd) noexcept {
  virtual_socket* const s = net_.at(fd);
  return static_cast<int>(traced("SO_ERROR", s, 0, s ? std::exchange(s->error, 0) : EBADF));
}

std::size_t virtual_kernel::unread(int fd) noexcept {
  const virtual_socket* const s = net_.at(fd);
  return s ? s->unread() : 0;
}

// TCP: what the other end has not acknowledged. A Unix socket: what it has not read.
std::size_t virtual_kernel::unsent(int fd) noexcept {
  const virtual_socket* const s = net_.at(fd);
  if (!s || !s->peer || s->is != state::connected)
    return 0;
  const virtual_socket& p = *s->peer;
  if (s->is_local())
    return p.inbound_bytes + p.unread();
  return p.inbound_bytes + (p.unread() > p.receive_buffer ? p.unread() - p.receive_buffer : 0);
}

}  // namespace brood::detail
