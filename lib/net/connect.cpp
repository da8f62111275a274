#include <brood/net/connection.hpp>

#include "net/address.hpp"
#include "net/stream.hpp"
#include "process/core.hpp"

#include <brood/io/ready.hpp>
#include <brood/net/resolve.hpp>
#include <brood/task_handle.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace brood::net {

namespace detail {
namespace {

using connected = outcome<connection>;
using brood::detail::quietly;
using namespace std::chrono_literals;

time_limit shorter(time_limit a, time_limit b) { return a.infinite() || (!b.infinite() && b.count() < a.count()) ? b : a; }

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
    auto ready = co_await quietly(io::detail::ready_awaiter(fd, io::writable, until.left(), s->descriptor));
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

// Each address in its turn, 250 ms apart; a refusal brings the next one forward. The first that answers wins; the tasks of the others
// end with their handles, and so do their sockets. RFC 8305
task<connected> connect_to_first(std::vector<address> all, connect_options o) {
  constexpr auto apart = std::chrono::milliseconds(250), a_moment = std::chrono::milliseconds(10);
  const deadline until(o.timeout);
  std::vector<task_handle<connected>> attempts;
  exit_reason last = reason::timeout;
  for (std::size_t next = 0; next < all.size() || !attempts.empty();) {
    if (until.left().count() == 0)
      co_return connected::failure(reason::timeout);
    if (next < all.size()) {
      o.timeout = until.left();
      attempts.push_back(spawn_task_unlinked(connect_to, all[next++], o));
    }
    const deadline patience(next < all.size() ? shorter(until.left(), apart) : until.left());
    for (bool failed = false; !failed && !attempts.empty() && patience.left().count() != 0;)
      for (std::size_t i = attempts.size(); i-- > 0;) {
        const time_limit look = i + 1 == attempts.size()
                                    ? shorter(patience.left(), attempts.size() == 1 ? infinity : time_limit(a_moment))
                                    : time_limit(0s);
        std::optional<connected> how = co_await quietly(attempts[i].within(look));
        if (!how)
          continue;
        if (*how)
          co_return *std::move(how);
        last = how->why();
        attempts.erase(attempts.begin() + static_cast<std::ptrdiff_t>(i));
        failed = true;
      }
  }
  co_return connected::failure(last);
}

task<connected> connect_by_name(std::string host, std::uint16_t port, connect_options o) {
  const deadline until(o.timeout);
  outcome<std::vector<address>> all = co_await quietly(resolve(std::move(host), port, {.timeout = o.timeout}));
  if (!all)
    co_return connected::failure(all.why());
  o.timeout = until.left();
  co_return co_await quietly(connect_to_first(*std::move(all), std::move(o)));
}

}  // namespace
}  // namespace detail

task<outcome<connection>> connect(std::string host, std::uint16_t port, connect_options options) {
  brood::detail::require_process("net::connect()");
  if (options.timeout.negative())
    throw std::invalid_argument("brood: connect_options::timeout can't be negative");
  return detail::connect_by_name(std::move(host), port, std::move(options));
}
task<outcome<connection>> connect(std::vector<address> any_of, connect_options options) {
  brood::detail::require_process("net::connect()");
  if (any_of.empty())
    throw std::invalid_argument("brood: net::connect needs at least one address");
  if (options.timeout.negative())
    throw std::invalid_argument("brood: connect_options::timeout can't be negative");
  return detail::connect_to_first(std::move(any_of), std::move(options));
}

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
