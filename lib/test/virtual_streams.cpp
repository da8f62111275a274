// The calls that make and use streams: listen, connect, accept, receive, send.
#include "test/platform.hpp"
#include "test/virtual_kernel.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace brood::detail {

namespace {

using state = virtual_socket::state;

constexpr int of_accept[] = {ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM};

}  // namespace

int virtual_kernel::listen(int fd, int backlog) noexcept {
  virtual_socket* const s = net_.at(fd);
  const auto begin = [&] {
    if (!s)
      return -EBADF;
    if (s->is != state::fresh || (s->is_local() && !s->bound))
      return -EINVAL;
    if (!s->bound)
      if (const int result = net_.ports.bind(*s, {s->domain, {}, 0, {}}); result < 0)
        return result;
    if (const int result = net_.ports.may_listen(*s); result < 0)
      return result;
    s->is = state::listening;
    s->backlog = static_cast<std::size_t>(std::max(backlog, 0));
    return 0;
  };
  return static_cast<int>(traced("listen", s, static_cast<std::uint64_t>(backlog), begin()));
}

int virtual_kernel::connect(int fd, const sockaddr* to, socklen_t size) noexcept {
  virtual_socket* const s = net_.at(fd);
  return static_cast<int>(traced("connect", s, 0, s ? connect_socket(*s, to, size) : -EBADF));
}

int virtual_kernel::connect_socket(virtual_socket& s, const sockaddr* to, socklen_t size) {
  endpoint there;
  if (!read_endpoint(to, size, there) || there.family != s.domain)
    return -EINVAL;
  if (s.is == state::connecting)
    return -EALREADY;
  if (s.is != state::fresh)
    return -EISCONN;
  s.there = there;
  if (s.is_local())
    return connect_local(s);
  const std::optional<unsigned> far = net_.hosts.find(there.ip, s.host);
  if (!far)
    return -ENETUNREACH;
  if (is_any(there.ip))
    s.there.ip = is_ip4(there.ip) ? ip4_number(0x7f000001) : ip_number{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  s.far_host = *far;
  if (s.here.port == 0 && (s.here.port = net_.ports.free_port(s.host)) == 0)
    return -EADDRNOTAVAIL;
  if (is_any(s.here.ip))
    s.here.ip = is_loopback(s.there.ip) ? s.there.ip : net_.hosts.address_of(s.host);
  net_.request(s);
  return -EINPROGRESS;
}

// At once, and never later.
int virtual_kernel::connect_local(virtual_socket& s) {
  virtual_socket* const door = net_.ports.listener(s.host, s.there.path);
  if (!door)
    return net_.ports.has_file(s.host, s.there.path) || s.there.path.starts_with('\0') ? -ECONNREFUSED : -ENOENT;
  if (door->to_accept.size() > door->backlog)
    return -EAGAIN;
  virtual_socket& other = net_.make(AF_UNIX, s.host);
  other.here = s.there;
  other.there = s.here;
  net_.connect_pair(s, other);
  door->to_accept.push_back(&other);
  net_.touch(*door);
  return 0;
}

int virtual_kernel::accept(int fd, sockaddr* from, socklen_t* size) noexcept {
  virtual_socket* const s = net_.at(fd);
  const int made = s ? accept_from(*s, from, size) : -EBADF;
  traced("accept", s, 0, std::min(made, 0));
  return made;
}

int virtual_kernel::accept_from(virtual_socket& s, sockaddr* from, socklen_t* size) {
  if (s.is != state::listening)
    return -EINVAL;
  if (s.to_accept.empty())
    return -EAGAIN;
  virtual_socket& first = *s.to_accept.front();
  if (fails(options_->faults.accept_error, &simulation_counts::accept_errors)) {
    const int error = of_accept[plat_.decide(choice::io_fault, std::size(of_accept))];
    if (error == ECONNABORTED) {
      s.to_accept.pop_front();
      net_.reset(first, 0);
      net_.discard(first);
      net_.touch(s);
    }
    return -error;
  }
  if (const int result = net_.give_number(first); result < 0)
    return result;
  s.to_accept.pop_front();
  first.opened_by = plat_.running();
  net_.touch(s);
  if (from)
    write_endpoint(first.there, first.domain, from, size);
  return first.fd;
}

// ---- bytes

bool virtual_kernel::is_reset_by_chance(virtual_socket& s) {
  if (s.is != state::connected || s.is_local() || !fails(options_->faults.reset, &simulation_counts::resets))
    return false;
  net_.reset(s, 0);  // who calls is told by the call
  return true;
}

ssize_t virtual_kernel::receive(int fd, void* to, std::size_t size) noexcept {
  virtual_socket* const s = net_.at(fd);
  const ssize_t got = s ? receive_from(*s, to, size) : -EBADF;
  return traced("recv", s, got > 0 ? digest({static_cast<const char*>(to), static_cast<std::size_t>(got)}) : size, got);
}

ssize_t virtual_kernel::receive_from(virtual_socket& s, void* to, std::size_t size) {
  if (s.is == state::fresh || s.is == state::connecting || s.is == state::listening)
    return -ENOTCONN;
  if (is_reset_by_chance(s))
    return -ECONNRESET;
  if (const std::size_t there = std::min(s.unread(), size); there != 0) {
    const std::size_t n = some_of(there, options_->faults.split, &simulation_counts::splits);
    std::memcpy(to, s.arrived().data(), n);
    s.take(n);
    net_.touch(s);
    if (s.peer)
      net_.touch(*s.peer);  // it has room again
    return static_cast<ssize_t>(n);
  }
  if (s.error != 0 && !s.fin)
    return -std::exchange(s.error, 0);
  return s.ended || s.shut_read || size == 0 ? 0 : -EAGAIN;
}

ssize_t virtual_kernel::send(int fd, const iovec* parts, std::size_t count) noexcept {
  virtual_socket* const s = net_.at(fd);
  return traced("send", s, count, s ? send_on(*s, parts, count) : -EBADF);
}

ssize_t virtual_kernel::send_on(virtual_socket& s, const iovec* parts, std::size_t count) {
  if (s.error != 0)
    return -std::exchange(s.error, 0);
  if (s.is == state::connecting)
    return -EAGAIN;
  if (s.is != state::connected || s.shut_write)
    return -EPIPE;
  if (s.is_local() && (!s.peer || s.peer->closed || s.peer->shut_read))
    return -EPIPE;
  if (is_reset_by_chance(s))
    return -ECONNRESET;
  std::size_t room = s.room(), wanted = 0;
  for (std::size_t i = 0; i < count; ++i)
    wanted += parts[i].iov_len;
  if (wanted != 0 && room == 0)
    return -EAGAIN;
  room = some_of(std::min(room, wanted), options_->faults.short_write, &simulation_counts::short_writes);
  std::string bytes;
  bytes.reserve(room);
  for (std::size_t i = 0; i < count && bytes.size() < room; ++i)
    bytes.append(static_cast<const char*>(parts[i].iov_base), std::min(parts[i].iov_len, room - bytes.size()));
  plat_.mix(digest(bytes));
  if (bytes.empty())
    return 0;
  const std::size_t first = some_of(bytes.size(), options_->faults.split, &simulation_counts::splits);
  const std::string rest = bytes.substr(first);
  bytes.resize(first);
  net_.send(s, {flight::kind::bytes, 0, std::move(bytes)});
  if (!rest.empty())
    net_.send(s, {flight::kind::bytes, 0, rest}, true);
  net_.touch(s);
  return static_cast<ssize_t>(room);
}

}  // namespace brood::detail
