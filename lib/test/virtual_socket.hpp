// One socket of the virtual network: what the kernel of a machine would know of it.
#pragma once

#include "test/endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace brood::detail {

struct socket_wait;

// Something on its way to a socket.
struct flight {
  enum class kind : std::uint8_t {
    bytes,
    end,          // FIN: no more will come
    reset,        // RST, or a refusal
    request,      // SYN: of the socket's own, on its way to whoever listens there
    established,  // what answers it
  };
  kind what;
  std::int64_t arrives = 0;
  std::string bytes = {};
};

struct virtual_socket {
  enum class state : std::uint8_t { fresh, listening, connecting, connected, over };

  virtual_socket(std::uint64_t n, int family, unsigned on) noexcept : number(n), domain(family), host(on), far_host(on) {}

  const std::uint64_t number;  // no other of this run has it
  const int domain;
  const unsigned host;
  unsigned far_host;  // of the other end
  int fd = -1;        // none: was closed, or has not been accepted
  std::uint64_t opened_by = 0;
  bool closed = false;  // by its owner
  bool gone = false;    // its host has crashed
  state is = state::fresh;
  endpoint here, there;
  bool bound = false;

  bool reuse_address = false, reuse_port = false, only_v6 = false, resets_on_close = false;
  std::size_t receive_buffer = 0, send_buffer = 0;

  // Listening.
  std::size_t backlog = 0;
  std::deque<virtual_socket*> to_accept;

  // A stream: what has come, and what is on its way here, in order.
  virtual_socket* peer = nullptr;
  std::deque<flight> inbound;
  std::size_t inbound_bytes = 0;
  std::int64_t last_arrival = 0;
  std::int64_t scheduled = 0;  // when the first of them is looked at; 0: it is not
  bool ended = false;          // the peer's half is over
  bool fin = false;            // its FIN has come: from then on TCP reads the end, even if an RST follows
  bool shut_read = false, shut_write = false;
  int error = 0;  // SO_ERROR
  std::int64_t asked_since = 0;
  unsigned asked_again = 0;  // a request that found the queue full

  std::vector<socket_wait*> waits;

  bool is_local() const noexcept { return domain == AF_UNIX; }
  std::size_t unread() const noexcept { return arrived_.size() - from_; }
  std::string_view arrived() const noexcept { return std::string_view(arrived_).substr(from_); }
  void add(std::string_view bytes) { arrived_.append(bytes); }
  void take(std::size_t n) noexcept;
  // Bytes that may be sent now.
  std::size_t room() const noexcept;
  // Of poll(2).
  unsigned events() const noexcept;
  // Nothing of it matters any more.
  bool is_forgotten() const noexcept { return closed && (peer == nullptr || peer->closed); }

 private:
  std::string arrived_;
  std::size_t from_ = 0;
};

// tcp 127.0.0.1:32768 -> 127.0.0.1:80
std::string text_of(const virtual_socket& s);
// That, and how it stands: peer open, 0 bytes unread, 12 on their way
std::string state_of(const virtual_socket& s);

}  // namespace brood::detail
