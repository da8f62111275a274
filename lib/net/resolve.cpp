#include <brood/net/resolve.hpp>

#include "io/look_up.hpp"
#include "net/address.hpp"
#include "process/core.hpp"

#include <brood/blocking.hpp>
#include <brood/describe.hpp>
#include <brood/task_handle.hpp>

#include <netinet/in.h>

#include <stdexcept>
#include <utility>

namespace brood::net {

std::string describe(const name_error& e) {
  return "{:name_error, " + brood::detail::describe_value(e.host) + ", " + brood::detail::describe_value(e.text) + '}';
}

namespace detail {
namespace {

using brood::detail::looked_up;
using brood::detail::quietly;
using result = outcome<std::vector<address>>;

bool is_wanted(const address& a, family only) noexcept { return only == family::any || a.family() == only; }

// A literal address, or nothing.
std::optional<address> literal(const std::string& host, std::uint16_t port) {
  for (const std::string& text : {host + ':' + std::to_string(port), '[' + host + "]:" + std::to_string(port)})
    if (outcome<address> a = address::parse(text); a && a->is_ip())
      return *a;
  return std::nullopt;
}

result known_to_the_simulator(const std::string& host, std::uint16_t port, family only) {
  std::vector<address> all;
  if (host == "localhost")
    for (const address& a : {address::ip6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, port), address::ip4(0x7f000001, port)})
      if (is_wanted(a, only))
        all.push_back(a);
  if (all.empty())
    return result::failure(exit_reason(name_error{host, "under simulate only literal addresses and \"localhost\" are known"}));
  return all;
}

task<looked_up> ask(std::string host, int domain) {
  co_return co_await quietly(blocking(brood::detail::look_up, std::move(host), domain));
}

task<result> resolve_name(std::string host, std::uint16_t port, resolve_options o) {
  if (std::optional<address> a = literal(host, port)) {
    if (!is_wanted(*a, o.only))
      co_return result::failure(exit_reason(name_error{host, "it is an address of the other family"}));
    co_return std::vector<address>{*std::move(a)};
  }
  if (brood::detail::simulating())
    co_return known_to_the_simulator(host, port, o.only);
  const int domain = o.only == family::ip4 ? AF_INET : o.only == family::ip6 ? AF_INET6 : AF_UNSPEC;
  auto asking = spawn_task_unlinked(ask, host, domain);  // in a process of its own, for that ends with its handle
  std::optional<looked_up> answer = co_await quietly(asking.within(o.timeout));
  if (!answer)
    co_return result::failure(reason::timeout);
  if (!answer->failure.empty())
    co_return result::failure(exit_reason(name_error{host, std::move(answer->failure)}));
  std::vector<address> all;
  for (auto& [storage, size] : answer->addresses) {
    if (storage.ss_family == AF_INET)
      reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
    else if (storage.ss_family == AF_INET6)
      reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
    socket_address k;
    k.storage = storage;
    k.size = size;
    all.push_back(from_kernel(k));
  }
  co_return all;
}

}  // namespace
}  // namespace detail

task<outcome<std::vector<address>>> resolve(std::string host, std::uint16_t port, resolve_options options) {
  brood::detail::require_process("net::resolve()");
  if (options.timeout.negative())
    throw std::invalid_argument("brood: resolve_options::timeout can't be negative");
  if (options.only == family::local)
    throw std::invalid_argument("brood: net::resolve finds IP addresses; a Unix socket has a path: net::address::local(path)");
  if (host.empty() || host.find('\0') != std::string::npos)
    throw std::invalid_argument("brood: net::resolve needs the name of a host");
  return detail::resolve_name(std::move(host), port, options);
}

}  // namespace brood::net
