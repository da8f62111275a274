#include <brood/net/connection.hpp>

#include "net/address.hpp"
#include "net/stream.hpp"
#include "process/core.hpp"

#include <brood/io/ready.hpp>

#include <stdexcept>
#include <utility>

namespace brood::net {

namespace detail {
namespace {

using connected = outcome<connection>;

connected refused(int error) { return connected::failure(exit_reason(io::error{error})); }

// A socket that got its own port as its target is connected to itself: nobody listens there.
bool is_self(const stream& s) { return s.name(false).is_ip() && s.name(false) == s.name(true); }

task<connected> connect_to(address to, connect_options o) {
  const deadline until(o.timeout);
  const int fd = system().open_socket(to.is_local() ? AF_UNIX : to.family() == family::ip6 ? AF_INET6 : AF_INET, SOCK_STREAM);
  if (fd < 0)
    co_return refused(-fd);
  auto s = std::make_shared<stream>(fd, o.socket);  // closed from here on, whatever happens
  if (o.from.is_ip() || o.from.is_local()) {
    const socket_address from = to_kernel(o.from);
    if (const int result = system().bind(fd, from.get(), from.size); result < 0)
      co_return refused(-result);
  }
  const socket_address k = to_kernel(to);
  int result = system().connect(fd, k.get(), k.size);
  if (result == -EINPROGRESS) {
    auto ready = co_await io::detail::ready_awaiter(fd, io::writable, until.left(), s->descriptor);
    if (!ready) {
      system().shutdown(fd, SHUT_RDWR);
      co_return connected::failure(ready.why());
    }
    result = -system().pending_error(fd);
  }
  if (result < 0)
    co_return refused(-result);
  if (is_self(*s)) {
    s->reset();
    co_return refused(ECONNREFUSED);
  }
  co_return connection_access::make(std::move(s));
}

}  // namespace
}  // namespace detail

task<outcome<connection>> connect(address to, connect_options options) {
  brood::detail::require_process("net::connect()");
  if (!to.is_ip() && !to.is_local())
    throw std::invalid_argument("brood: net::connect needs an address; a host's name goes with a port: net::connect(host, port)");
  if (options.timeout.negative())
    throw std::invalid_argument("brood: connect_options::timeout can't be negative");
  return detail::connect_to(std::move(to), std::move(options));
}

outcome<std::pair<connection, connection>> connected_pair() {
  using pair = outcome<std::pair<connection, connection>>;
  brood::detail::require_process("net::connected_pair()");
  int ends[2];
  if (const int result = detail::system().open_pair(ends); result < 0)
    return pair::failure(exit_reason(io::error{-result}));
  const auto make = [](int fd) { return detail::connection_access::make(std::make_shared<detail::stream>(fd, socket_options())); };
  return std::pair(make(ends[0]), make(ends[1]));
}

}  // namespace brood::net
