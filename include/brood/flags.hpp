// What a process may change about itself while it runs; spawn_options has the same from the start.
#pragma once

#include <brood/spawn.hpp>

#include <cstddef>

namespace brood {

// Of the running process, from its next turn on. Returns what it was. High goes strictly before normal; of nine turns under load
// low gets one. OTP: erlang:process_flag(priority, Level)
priority set_priority(priority prio);

struct mailbox_limit_options {
  std::size_t max_mailbox = unlimited;  // unread messages
  std::size_t max_memory = unlimited;   // bytes, as process_info::memory counts them
  overflow on_overflow = overflow::kill_receiver;
};

// Limits the running process's mailbox from now on. Returns what the limits were. What is unread already stays.
// OTP: erlang:process_flag(max_heap_size, MaxHeapSize)
mailbox_limit_options set_mailbox_limit(mailbox_limit_options limit);

}  // namespace brood
