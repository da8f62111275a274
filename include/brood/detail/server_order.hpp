// What every server understands besides its own messages: stop, suspend, resume, tell about yourself. OTP: system messages of sys
#pragma once

#include <brood/detail/call.hpp>
#include <brood/exit_reason.hpp>

#include <cstdint>

namespace [[gnu::visibility("default")]] brood {

struct server_info {
  bool suspended;
  std::uint64_t messages;  // taken since it serves
  std::uint64_t replies;   // of its handlers
};

namespace detail {

enum class server_verb : std::uint8_t { look, suspend, resume, stop };

// In the order of the mailbox, as any request. A stop is answered by the server's death alone.
struct server_order {
  server_verb verb;
  exit_reason why = {};
  using reply = server_info;
};

}  // namespace detail

}  // namespace brood
