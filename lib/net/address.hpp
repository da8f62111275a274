// Addresses as the kernel has them.
#pragma once

#include <brood/net/address.hpp>

#include <sys/socket.h>
#include <sys/un.h>

namespace brood::net::detail {

struct socket_address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

socket_address to_kernel(const address& a) noexcept;
address from_kernel(const socket_address& a);

}  // namespace brood::net::detail
