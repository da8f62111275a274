// Properties that a process may change for itself while it runs; spawn_options sets the same ones from the start.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/spawn.hpp>

#include <cstddef>

namespace [[gnu::visibility("default")]] brood {

// Sets the priority of the running process, from its next turn on; returns the old one. High goes strictly before
// normal; of nine turns under load low gets one. OTP: erlang:process_flag(priority, Level)
BROOD_API priority set_priority(priority prio);

struct mailbox_limit_options {
  std::size_t max_mailbox = unlimited;  // unread messages
  std::size_t max_memory = unlimited;   // bytes, as process_info::memory counts them
  overflow on_overflow = overflow::kill_receiver;
};

// Limits the mailbox of the running process from now on; returns the old limits. Messages that are unread already stay.
// OTP: erlang:process_flag(max_heap_size, MaxHeapSize)
BROOD_API mailbox_limit_options set_mailbox_limit(mailbox_limit_options limit);

}  // namespace brood
