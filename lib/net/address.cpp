#include "net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace brood::net {

namespace {

constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

bool is_number(std::string_view text, std::uint16_t& port) noexcept {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  return problem == std::errc() && end == text.data() + text.size() && !text.empty();
}

outcome<address> refuse(std::string_view text, const char* why) {
  return outcome<address>::failure(exit_reason("\"" + std::string(text) + "\" is no address: " + why));
}

}  // namespace

address address::ip4(std::uint32_t host, std::uint16_t port) noexcept {
  address a;
  a.family_ = net::family::ip4;
  a.port_ = port;
  for (int i = 0; i < 4; ++i)
    a.host_[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(host >> (24 - 8 * i));
  return a;
}

address address::ip6(const std::array<std::uint8_t, 16>& host, std::uint16_t port, std::uint32_t scope) noexcept {
  address a;
  a.family_ = net::family::ip6;
  a.port_ = port;
  a.scope_ = scope;
  a.host_ = host;
  return a;
}

address address::any(std::uint16_t port) noexcept { return ip6({}, port); }
address address::loopback(std::uint16_t port) noexcept { return ip4(INADDR_LOOPBACK, port); }

address address::local(std::string path) {
  if (path.empty() || path == "@")
    throw std::invalid_argument("brood: the name of a Unix socket can't be empty");
  if (path.size() > longest_path)
    throw std::invalid_argument("brood: \"" + path + "\" is too long for a Unix socket: the system has room for " +
                                std::to_string(longest_path) + " bytes");
  address a;
  a.family_ = net::family::local;
  a.path_ = std::move(path);
  return a;
}

outcome<address> address::parse(std::string_view text) {
  if (text.starts_with("unix:")) {
    const std::string_view path = text.substr(5);
    if (path.empty() || path == "@" || path.size() > longest_path)
      return refuse(text, "a Unix socket's name has 1 to 107 bytes");
    return local(std::string(path));
  }
  const std::size_t colon = text.rfind(':');
  std::uint16_t port;
  if (colon == std::string_view::npos || !is_number(text.substr(colon + 1), port))
    return refuse(text, "write host:port, port from 0 to 65535; [host]:port for IPv6; unix:path");
  std::string host(text.substr(0, colon));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    std::array<std::uint8_t, 16> six;
    if (inet_pton(AF_INET6, host.c_str(), six.data()) != 1)
      return refuse(text, "in brackets belongs an IPv6 address; names are for net::resolve");
    return ip6(six, port);
  }
  in_addr four;
  if (inet_pton(AF_INET, host.c_str(), &four) != 1)
    return refuse(text, "an IPv4 address, or an IPv6 address in brackets, comes before the port; names are for net::resolve");
  return ip4(ntohl(four.s_addr), port);
}

std::string address::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  switch (family_) {
    case net::family::ip4:
      return inet_ntop(AF_INET, host_.data(), text, sizeof text);
    case net::family::ip6:
      return inet_ntop(AF_INET6, host_.data(), text, sizeof text);
    case net::family::local:
      return path_;
    case net::family::any:
      break;
  }
  return {};
}

std::string to_string(const address& a) {
  switch (a.family()) {
    case family::ip4:
      return a.host() + ':' + std::to_string(a.port());
    case family::ip6:
      return '[' + a.host() + "]:" + std::to_string(a.port());
    case family::local:
      return "unix:" + a.host();
    case family::any:
      break;
  }
  return "none";
}

std::string describe(const address& a) { return to_string(a); }
std::ostream& operator<<(std::ostream& out, const address& a) { return out << to_string(a); }

namespace detail {

struct address_access {
  static const std::array<std::uint8_t, 16>& host(const address& a) noexcept { return a.host_; }
  static std::uint32_t scope(const address& a) noexcept { return a.scope_; }
  static const std::string& path(const address& a) noexcept { return a.path_; }
};

socket_address to_kernel(const address& a) noexcept {
  socket_address k;
  if (a.family() == family::ip4) {
    auto& in = *reinterpret_cast<sockaddr_in*>(&k.storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(a.port());
    std::memcpy(&in.sin_addr, address_access::host(a).data(), 4);
    k.size = sizeof in;
  } else if (a.family() == family::ip6) {
    auto& in = *reinterpret_cast<sockaddr_in6*>(&k.storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(a.port());
    in.sin6_scope_id = address_access::scope(a);
    std::memcpy(&in.sin6_addr, address_access::host(a).data(), 16);
    k.size = sizeof in;
  } else if (a.family() == family::local) {
    auto& un = *reinterpret_cast<sockaddr_un*>(&k.storage);
    const std::string& path = address_access::path(a);
    un.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), un.sun_path);
    if (path[0] == '@')
      un.sun_path[0] = '\0';  // an abstract name: its length counts, there is no terminator
    k.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1));
  }
  return k;
}

address from_kernel(const socket_address& k) {
  if (k.storage.ss_family == AF_INET) {
    const auto& in = *reinterpret_cast<const sockaddr_in*>(&k.storage);
    return address::ip4(ntohl(in.sin_addr.s_addr), ntohs(in.sin_port));
  }
  if (k.storage.ss_family == AF_INET6) {
    const auto& in = *reinterpret_cast<const sockaddr_in6*>(&k.storage);
    std::array<std::uint8_t, 16> host;
    std::memcpy(host.data(), &in.sin6_addr, host.size());
    return address::ip6(host, ntohs(in.sin6_port), in.sin6_scope_id);
  }
  if (k.storage.ss_family == AF_UNIX && k.size > offsetof(sockaddr_un, sun_path)) {
    const auto& un = *reinterpret_cast<const sockaddr_un*>(&k.storage);
    std::string path(un.sun_path, k.size - offsetof(sockaddr_un, sun_path));
    if (path[0] == '\0')
      path[0] = '@';
    else
      path.resize(path.find('\0') == std::string::npos ? path.size() : path.find('\0'));
    return address::local(std::move(path));
  }
  return {};  // the unnamed end of a Unix socket
}

}  // namespace detail

}  // namespace brood::net

std::size_t std::hash<brood::net::address>::operator()(const brood::net::address& a) const noexcept {
  return std::hash<std::string>{}(brood::net::to_string(a));
}
