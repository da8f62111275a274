// Active mode: what a socket receives comes as messages to one process, among all others.
//
//     process chat(net::connection c, pid room) {
//       c.frame(net::lines{});
//       c.active(net::once);
//       for (bool open = true; open;)
//         co_await receive([&](net::data d) { send(room, d.bytes.str()); c.active(net::once); },
//                          [&](std::string text) { c.try_write(text + "\n"); },
//                          [&](net::closed) { open = false; });
//     }
//
// The messages come to the process that called active(). They are made where it takes its signals in, from bytes that were in the
// kernel until then: so a process that is busy holds its peer up.
#pragma once

#include <brood/detail/message_type.hpp>
#include <brood/exit_reason.hpp>
#include <brood/io/bytes.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace brood::net {

struct once_t {};
struct always_t {};
inline constexpr once_t once;      // one message, then passive. OTP: {active, once}
inline constexpr always_t always;  // until passive() or the end. OTP: {active, true}

// One socket of this program: no two have the same, and none is used again.
struct socket_id {
  std::uint64_t number = 0;
  friend auto operator<=>(const socket_id&, const socket_id&) = default;
};
std::string describe(socket_id id);

namespace detail {

class active_side;

// Counts as unread until it is destroyed. A copy counts nothing: the first one does.
class unread_share {
 public:
  unread_share() noexcept = default;
  unread_share(std::shared_ptr<active_side> side, std::size_t bytes, std::uint64_t number) noexcept
      : side_(std::move(side)), bytes_(bytes), number_(number) {}
  unread_share(unread_share&&) noexcept = default;
  unread_share(const unread_share&) noexcept {}
  unread_share& operator=(unread_share other) noexcept {
    std::swap(side_, other.side_);
    std::swap(bytes_, other.bytes_);
    std::swap(number_, other.number_);
    return *this;
  }
  ~unread_share() {
    if (side_)
      give_back();
  }

 private:
  void give_back() noexcept;

  std::shared_ptr<active_side> side_;
  std::size_t bytes_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace detail

// Bytes, or one frame. As long as it lives it counts as unread: see connection::active_limit.
struct data {
  socket_id from;
  io::bytes bytes;
  detail::unread_share unread = {};
};

// The last message of an active socket: io::ended, or the io::error. No mailbox limit drops it.
struct closed {
  socket_id from;
  exit_reason why;
};

// active(n): n messages have been sent, and the socket is passive now. OTP: {tcp_passive, Socket}
struct quiet {
  socket_id from;
};

}  // namespace brood::net

namespace brood::detail {
template <>
inline constexpr bool never_dropped_v<net::closed> = true;
}

template <>
struct std::hash<brood::net::socket_id> {
  std::size_t operator()(brood::net::socket_id id) const noexcept { return std::hash<std::uint64_t>()(id.number); }
};
