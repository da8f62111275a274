#include "test/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace brood::detail {

namespace {
constexpr std::array<std::uint8_t, 12> ip4_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr ip_number ip6_loopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}  // namespace

ip_number ip4_number(std::uint32_t host) noexcept {
  ip_number ip{};
  std::copy(ip4_prefix.begin(), ip4_prefix.end(), ip.begin());
  for (std::size_t i = 0; i < 4; ++i)
    ip[12 + i] = static_cast<std::uint8_t>(host >> (24 - 8 * i));
  return ip;
}
bool is_ip4(const ip_number& ip) noexcept { return std::equal(ip4_prefix.begin(), ip4_prefix.end(), ip.begin()); }
std::uint32_t ip4_of(const ip_number& ip) noexcept {
  return std::uint32_t{ip[12]} << 24 | std::uint32_t{ip[13]} << 16 | std::uint32_t{ip[14]} << 8 | ip[15];
}
bool is_any(const ip_number& ip) noexcept { return ip == ip_number{} || ip == ip4_number(0); }
bool is_loopback(const ip_number& ip) noexcept { return ip == ip6_loopback || (is_ip4(ip) && ip[12] == 127); }

bool read_endpoint(const sockaddr* from, socklen_t size, endpoint& to) {
  if (from->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    const auto& in = *reinterpret_cast<const sockaddr_in*>(from);
    to = {AF_INET, ip4_number(ntohl(in.sin_addr.s_addr)), ntohs(in.sin_port), {}};
    return true;
  }
  if (from->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    const auto& in = *reinterpret_cast<const sockaddr_in6*>(from);
    to = {AF_INET6, {}, ntohs(in.sin6_port), {}};
    std::memcpy(to.ip.data(), &in.sin6_addr, to.ip.size());
    return true;
  }
  constexpr std::size_t head = offsetof(sockaddr_un, sun_path);
  if (from->sa_family != AF_UNIX || size <= head)
    return false;
  const auto& un = *reinterpret_cast<const sockaddr_un*>(from);
  to = {AF_UNIX, {}, 0, std::string(un.sun_path, size - head)};
  if (to.path[0] != '\0')
    to.path.resize(std::min(to.path.find('\0'), to.path.size()));
  return true;
}

void write_endpoint(const endpoint& e, int family, sockaddr* to, socklen_t* size) noexcept {
  sockaddr_storage all{};
  socklen_t length = sizeof(sa_family_t);
  all.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    auto& in = reinterpret_cast<sockaddr_in&>(all);
    in.sin_port = htons(e.port);
    in.sin_addr.s_addr = htonl(is_ip4(e.ip) ? ip4_of(e.ip) : 0);
    length = sizeof in;
  } else if (family == AF_INET6) {
    auto& in = reinterpret_cast<sockaddr_in6&>(all);
    in.sin6_port = htons(e.port);
    std::memcpy(&in.sin6_addr, e.ip.data(), e.ip.size());
    length = sizeof in;
  } else if (!e.path.empty()) {
    auto& un = reinterpret_cast<sockaddr_un&>(all);
    const std::size_t bytes = std::min(e.path.size(), sizeof un.sun_path);
    std::memcpy(un.sun_path, e.path.data(), bytes);
    length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + bytes + (e.path[0] == '\0' ? 0 : 1));
  }
  std::memcpy(to, &all, std::min(*size, length));
  *size = length;
}

std::string text_of(const endpoint& e) {
  if (e.family == AF_UNSPEC)
    return "nowhere";
  if (e.family == AF_UNIX)
    return e.path.empty() ? "unix" : "unix:" + (e.path[0] == '\0' ? '@' + e.path.substr(1) : e.path);
  if (is_ip4(e.ip))
    return fmt::format("{}.{}.{}.{}:{}", e.ip[12], e.ip[13], e.ip[14], e.ip[15], e.port);
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, e.ip.data(), text, sizeof text);
  return fmt::format("[{}]:{}", text, e.port);
}

}  // namespace brood::detail
