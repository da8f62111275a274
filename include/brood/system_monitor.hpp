// One process that gets messages about problems of others: turns that last too long, mailboxes that grow too large.
//
//     system_monitor(self(), {.long_schedule = 100ms, .long_message_queue = 10'000});
//     co_await receive([](long_message_queue_info q) { std::cout << q.who << " has unread " << q.oldest << "\n"; },
//                      [](long_schedule_info s) { std::cout << s.who << " kept its scheduler\n"; });
#pragma once

#include <brood/detail/api.hpp>
#include <brood/inspect.hpp>
#include <brood/pid.hpp>
#include <brood/spawn.hpp>
#include <brood/time.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace [[gnu::visibility("default")]] brood {

// The events that the monitor asks for; by default none.
struct system_monitor_options {
  time_limit long_schedule = infinity;         // a turn of a process that took this long, or longer
  std::size_t long_message_queue = unlimited;  // unread messages; reported again only after the number fell to half of that
  std::size_t large_mailbox = unlimited;       // bytes of unread messages; the same
};

// A process ran this long without letting others run. Sent after its turn.
struct long_schedule_info {
  pid who;
  process_clock::duration took;
  std::optional<waiting_at> since;  // the await after which it ran; empty: since it began
};

// A mailbox grew to the limit (`over`), or fell to half of it again.
struct long_message_queue_info {
  pid who;
  bool over;
  std::size_t length;
  std::string oldest;                // the type of its oldest unread message
  std::optional<waiting_at> waits;   // where it waits, if it does, and for which types
};
struct large_mailbox_info {
  pid who;
  std::size_t bytes;
  std::size_t length;
  std::string oldest;
  std::optional<waiting_at> waits;
};

// Makes `who` the one system monitor; returns who was it. pid{}: nobody is. Its death ends it. It is not told about itself. A dead
// `who` throws std::invalid_argument. Any thread. OTP: erlang:system_monitor/2
BROOD_API pid system_monitor(pid who, system_monitor_options options = {});
// The present system monitor, or pid{}. OTP: erlang:system_monitor/0
BROOD_API pid system_monitor();

}  // namespace brood
