// Names to addresses, by the machine's resolver. Blocks for as long as name servers take.
#pragma once

#include <sys/socket.h>

#include <string>
#include <utility>
#include <vector>

namespace brood::detail {

struct looked_up {
  std::vector<std::pair<sockaddr_storage, socklen_t>> addresses;
  std::string failure;  // empty: none
};
// domain: AF_INET, AF_INET6, AF_UNSPEC. The addresses have no port yet.
looked_up look_up(const std::string& host, int domain);

}  // namespace brood::detail
