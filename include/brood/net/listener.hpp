// `net::listener`: where connections come from.
//
//     process server(net::address at) {
//       net::listener door = *net::listen(at);
//       while (auto c = co_await door.accept())
//         spawn(echo, *std::move(c));
//     }
#pragma once

#include <brood/net/connection.hpp>

#include <memory>

namespace brood::net {

struct listen_options {
  int backlog = 1024;
  bool reuse_port = false;
  bool only_v6 = false;
  int mode = 0600;  // of a Unix socket's file
  socket_options socket = {};
};

namespace detail {
class listening;
struct listener_access;
}  // namespace detail

class listener {
 public:
  listener() noexcept = default;
  explicit operator bool() const noexcept { return listening_ != nullptr; }

  // The next connection. why(): io::ended after stop(), reason::timeout, or an io::error: EMFILE leaves the client waiting, try again.
  task<outcome<connection>> accept(time_limit limit = infinity);
  // Where it listens: the port that the system chose, if 0 was asked for.
  address local() const;
  // Every accept says io::ended. Connections that were made and not accepted are reset.
  void stop();
  // A handle for another process: many may accept on one. The last one closes.
  listener share() const;

  listener(listener&&) noexcept = default;
  listener& operator=(listener&&) noexcept = default;

 private:
  friend detail::listener_access;
  explicit listener(std::shared_ptr<detail::listening> l) noexcept : listening_(std::move(l)) {}
  std::shared_ptr<detail::listening> listening_;
};

// Does not wait. SO_REUSEADDR always. A Unix socket's file that nobody serves is replaced, and removed at the end. why(): io::error.
// OTP: gen_tcp:listen/2
outcome<listener> listen(address at, listen_options options = {});

}  // namespace brood::net
