// Where a virtual socket is: an address of the virtual network, in one form for IPv4 and IPv6, or the name of a Unix socket.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>

namespace brood::detail {

using ip_number = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d

ip_number ip4_number(std::uint32_t host) noexcept;
bool is_ip4(const ip_number& ip) noexcept;
std::uint32_t ip4_of(const ip_number& ip) noexcept;
bool is_any(const ip_number& ip) noexcept;
bool is_loopback(const ip_number& ip) noexcept;

struct endpoint {
  int family = AF_UNSPEC;  // as it was given
  ip_number ip{};
  std::uint16_t port = 0;
  std::string path;  // of a Unix socket, as the kernel has it: an abstract name begins with a zero byte

  friend bool operator==(const endpoint&, const endpoint&) = default;
};

// False: it is no address that sockets of this network have.
bool read_endpoint(const sockaddr* from, socklen_t size, endpoint& to);
// As getsockname does, for a socket of that family.
void write_endpoint(const endpoint& e, int family, sockaddr* to, socklen_t* size) noexcept;
// 127.0.0.1:80, [::1]:80, unix:/run/x, unix:@abstract
std::string text_of(const endpoint& e);

}  // namespace brood::detail
