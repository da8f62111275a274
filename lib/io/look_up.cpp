#include "io/look_up.hpp"

#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace brood::detail {

looked_up look_up(const std::string& host, int domain) {
  addrinfo wanted{};
  wanted.ai_family = domain;
  wanted.ai_socktype = SOCK_STREAM;  // else each address comes once for each type
  addrinfo* found = nullptr;
  const int result = getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  const int error = errno;
  if (result != 0)
    return {{}, result == EAI_SYSTEM ? std::generic_category().message(error) : std::string(gai_strerror(result))};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, freeaddrinfo);
  looked_up answer;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, a->ai_addr, a->ai_addrlen);
    answer.addresses.emplace_back(storage, a->ai_addrlen);
  }
  if (answer.addresses.empty())
    answer.failure = "it has no address";
  return answer;
}

}  // namespace brood::detail
