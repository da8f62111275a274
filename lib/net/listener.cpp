#include <brood/net/listener.hpp>

#include "net/address.hpp"
#include "net/await_point.hpp"
#include "net/stream.hpp"
#include "process/core.hpp"

#include <brood/io/ready.hpp>

#include <netinet/in.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

namespace brood::net {

using brood::detail::quietly;

namespace detail {

// A listening socket; its last handle closes it.
class listening {
 public:
  listening(int fd, listen_options o, std::string file) noexcept
      : descriptor(std::make_shared<detail::descriptor>(fd)), options(std::move(o)), file_(std::move(file)) {}
  ~listening() { stop(); }

  void stop() noexcept {
    if (stopped_.exchange(true, std::memory_order_relaxed))
      return;
    system().shutdown(descriptor->number(), SHUT_RDWR);  // completes every wait, and resets what was not accepted
    if (!file_.empty())
      system().unlink(file_.c_str());
  }
  bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }

  const descriptor_ptr descriptor;
  const listen_options options;

 private:
  std::string file_;  // of a Unix socket
  std::atomic<bool> stopped_{false};
};

struct listener_access {
  static listener make(std::shared_ptr<listening> l) noexcept { return listener(std::move(l)); }
};

namespace {

outcome<connection> accepted(int fd, const listen_options& options) {
  return connection_access::make(std::make_shared<stream>(fd, options.socket));
}

// What is wrong with one connection, and not with the socket that it came to.
bool concerns_one_client(int error) noexcept {
  switch (error) {
    case ECONNABORTED:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

task<outcome<connection>> accept_on(std::shared_ptr<listening> l, time_limit limit) {
  const deadline until(limit);
  for (;;) {
    co_await quietly(await_point());
    if (l->stopped())
      co_return outcome<connection>::failure(exit_reason(io::ended));
    const int fd = system().accept(l->descriptor->number(), nullptr, nullptr);
    if (fd >= 0)
      co_return accepted(fd, l->options);
    if (l->stopped() || concerns_one_client(-fd))
      continue;
    if (fd != -EAGAIN)
      co_return outcome<connection>::failure(exit_reason(io::error{-fd}));
    if (until.only_looks())
      co_return outcome<connection>::failure(reason::timeout);
    auto ready = co_await quietly(io::detail::ready_awaiter(l->descriptor->number(), io::readable, until.left(), l->descriptor));
    if (!ready && !l->stopped())
      co_return outcome<connection>::failure(ready.why());
  }
}

// A Unix socket's file may be left over from a program that is gone.
bool is_served(const socket_address& at) noexcept {
  const int fd = system().open_socket(AF_UNIX, SOCK_STREAM);
  if (fd < 0)
    return true;
  const int result = system().connect(fd, at.get(), at.size);
  system().close(fd);
  return result != -ECONNREFUSED;
}

// 0 or a negative errno.
int bind_and_listen(int fd, const address& at, const listen_options& o) {
  const auto flag = [fd](int level, int option, int value) { (void)system().set_option(fd, level, option, &value, sizeof value); };
  flag(SOL_SOCKET, SO_REUSEADDR, 1);
  if (o.reuse_port)
    flag(SOL_SOCKET, SO_REUSEPORT, 1);
  if (at.family() == family::ip6)
    flag(IPPROTO_IPV6, IPV6_V6ONLY, o.only_v6 ? 1 : 0);
  const socket_address k = to_kernel(at);
  int result = system().bind(fd, k.get(), k.size);
  const bool has_file = at.is_local() && !at.host().starts_with('@');
  if (result == -EADDRINUSE && has_file && !is_served(k)) {
    system().unlink(at.host().c_str());
    result = system().bind(fd, k.get(), k.size);
  }
  if (result == 0 && has_file)
    result = system().set_mode(at.host().c_str(), o.mode);
  return result == 0 ? system().listen(fd, o.backlog) : result;
}

}  // namespace

}  // namespace detail

using namespace detail;

outcome<listener> listen(address at, listen_options options) {
  brood::detail::require_process("net::listen()");
  if (!at.is_ip() && !at.is_local())
    throw std::invalid_argument("brood: net::listen needs an address: net::address::any(port), loopback(port), local(path)");
  const int domain = at.is_local() ? AF_UNIX : at.family() == family::ip6 ? AF_INET6 : AF_INET;
  const int fd = system().open_socket(domain, SOCK_STREAM);
  if (fd < 0)
    return outcome<listener>::failure(exit_reason(io::error{-fd}));
  if (const int result = bind_and_listen(fd, at, options); result < 0) {
    system().close(fd);
    return outcome<listener>::failure(exit_reason(io::error{-result}));
  }
  const bool has_file = at.is_local() && !at.host().starts_with('@');
  return listener_access::make(std::make_shared<listening>(fd, std::move(options), has_file ? at.host() : std::string()));
}

namespace {
listening& use(const std::shared_ptr<listening>& l, const char* call) {
  brood::detail::require_process(call);
  if (!l)
    throw std::logic_error(std::string("brood: ") + call + " of an empty listener: it was moved away, or never made");
  return *l;
}
}  // namespace

task<outcome<connection>> listener::accept(time_limit limit) {
  use(listening_, "accept()");
  if (limit.negative())
    throw std::invalid_argument("brood: a negative time limit: use 0s to look, infinity to wait for ever");
  return accept_on(listening_, limit);
}

address listener::local() const {
  socket_address k;
  k.size = sizeof k.storage;
  return system().local_name(use(listening_, "local()").descriptor->number(), k.get(), &k.size) < 0 ? address() : from_kernel(k);
}

void listener::stop() { use(listening_, "stop()").stop(); }

listener listener::share() const {
  use(listening_, "share()");
  return listener(listening_);
}

}  // namespace brood::net
