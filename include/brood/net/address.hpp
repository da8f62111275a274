// `net::address`: where a socket listens or connects to: an IP address with a port, or the name of a Unix socket.
//
// A regular value: equality, order, hash. Prints 127.0.0.1:80, [::1]:80, unix:/run/x.sock, unix:@abstract. Any thread.
//
//     net::address here = net::address::loopback(8080);
//     if (outcome<net::address> there = net::address::parse("[::1]:80")) std::cout << there->port();
#pragma once

#include <brood/outcome.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace brood::net {

enum class family : std::uint8_t { any, ip4, ip6, local };

namespace detail {
struct address_access;
}

class address {
 public:
  // No address at all: is_ip() and is_local() are false.
  address() noexcept = default;

  // host in the machine's order: 0x7f000001 is 127.0.0.1.
  static address ip4(std::uint32_t host, std::uint16_t port) noexcept;
  static address ip6(const std::array<std::uint8_t, 16>& host, std::uint16_t port, std::uint32_t scope = 0) noexcept;
  // Every interface; IPv6, which takes IPv4 connections as well.
  static address any(std::uint16_t port) noexcept;
  static address loopback(std::uint16_t port) noexcept;
  // A Unix socket. "@name": Linux's abstract names, without a file. Throws std::invalid_argument for an empty path and for one that
  // is longer than the system's 107 bytes.
  static address local(std::string path);
  // A literal: "127.0.0.1:80", "[::1]:80", "unix:/run/x.sock". Never asks a name server. why(): std::string, what is wrong with it.
  static outcome<address> parse(std::string_view text);

  net::family family() const noexcept { return family_; }
  bool is_ip() const noexcept { return family_ == net::family::ip4 || family_ == net::family::ip6; }
  bool is_local() const noexcept { return family_ == net::family::local; }
  // 0 for a Unix socket.
  std::uint16_t port() const noexcept { return port_; }
  // "127.0.0.1", "::1", or the path.
  std::string host() const;

  friend bool operator==(const address&, const address&) = default;
  friend std::strong_ordering operator<=>(const address&, const address&) = default;

 private:
  friend detail::address_access;
  net::family family_ = net::family::any;
  std::uint16_t port_ = 0;
  std::uint32_t scope_ = 0;
  std::array<std::uint8_t, 16> host_{};  // in the order of the network; IPv4 in the first four
  std::string path_;
};

std::string to_string(const address& a);
std::string describe(const address& a);
std::ostream& operator<<(std::ostream& out, const address& a);

}  // namespace brood::net

template <>
struct std::hash<brood::net::address> {
  std::size_t operator()(const brood::net::address& a) const noexcept;
};
