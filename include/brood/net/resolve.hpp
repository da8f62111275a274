// `net::resolve`: a host's addresses.
//
//     for (const net::address& a : *co_await net::resolve("localhost", 80)) std::cout << a << "\n";
#pragma once

#include <brood/net/address.hpp>
#include <brood/outcome.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace brood::net {

// Why a name has no address: what the resolver said.
struct name_error {
  std::string host, text;
  friend bool operator==(const name_error&, const name_error&) = default;
};
std::string describe(const name_error& e);

struct resolve_options {
  family only = family::any;
  time_limit timeout = std::chrono::seconds(5);
};

// In the order of RFC 6724, at least one. As getaddrinfo does: the hosts file, then what nsswitch says; off the schedulers, on threads
// of blocking(f). A literal address asks nobody. why(): net::name_error, reason::timeout. Under simulate only literals and "localhost"
// are known. OTP: inet:getaddrs/2
task<outcome<std::vector<address>>> resolve(std::string host, std::uint16_t port, resolve_options options = {});

}  // namespace brood::net
