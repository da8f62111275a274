// Who a process is tied to: links, monitors both ways, aliases. And the rarely needed rest.
#pragma once

#include "base/id_map.hpp"

#include <brood/detail/death_hook.hpp>
#include <brood/detail/end_watch.hpp>
#include <brood/detail/envelope.hpp>
#include <brood/detail/pending_reply.hpp>
#include <brood/monitor.hpp>
#include <brood/pid.hpp>
#include <brood/process_dictionary.hpp>
#include <brood/spawn.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace brood::detail {

struct thrown_trail;

// One side of a link, after OTP's link protocol: active, or unlinked here and waiting for the other side's acknowledgement.
struct link_state {
  std::uint64_t unlink_id;  // 0: active
};

struct watching {
  std::uint64_t target;  // pid bits; 0: nobody was found
};
struct watcher {
  std::uint64_t pid;
};
struct alias_state {
  alias_until until;  // `unaliased` for a plain alias
  bool reply;         // ends with the first message
};

// A request that was taken out of the queue and not answered: who waits.
struct held_call {
  std::uint64_t caller;
};

struct process_relations {
  id_map<link_state> links;            // by the other's pid
  id_map<watching> monitors;           // by reference number: this process watches
  id_map<watcher> monitored_by;        // by reference number: somebody watches this process
  id_map<alias_state> aliases;         // by reference number
  id_map<end_watch*> end_watches;      // by reference number: monitors whose DOWN is noted there; one share each
  id_map<held_call> held;              // by number
  std::unordered_map<std::uint64_t, std::string> monitor_names;  // of monitors by name
  std::vector<std::weak_ptr<death_hook>> death_hooks;            // tables that keep something of it
  std::uint32_t cursor = 0, monitors_cursor = 0, monitored_by_cursor = 0, held_cursor = 0;  // of death, which goes in slices
  std::uint64_t start_number = 0;      // of the answer its starter waits for: also in `held`, and of the starter's monitor

  process_relations() = default;
  process_relations(const process_relations&) = delete;
  ~process_relations() {
    end_watches.for_each([](std::uint64_t, end_watch* w) { w->release(); });
  }
};

// A sender that waits for a place in the mailbox, with its message.
struct room_request {
  pid asker;
  std::uint64_t number;
  envelope* message;
};

// A reply that is given with the end of the server's serving.
struct last_reply {
  pid caller;
  envelope_ptr reply;
};

// A process that has suspended this one (suspend_process), how often, and the hidden monitor that notices its death.
struct suspension {
  pid by;
  std::uint32_t times;
  std::uint64_t monitor;
};

// Monitors the runtime makes for itself: they work as others do, but nobody sees them.
inline constexpr std::uint64_t hidden_monitor = std::uint64_t{1} << 63;

class turn_end_work;

struct process_extra {
  std::string label;
  process_dictionary dictionary;
  std::size_t max_mailbox = unlimited;
  std::size_t max_memory = unlimited;
  std::size_t mailbox_bytes = 0;  // of the envelopes in the queue; kept while there is a limit
  std::size_t dropped = 0;
  overflow on_overflow = overflow::kill_receiver;
  bool overflow_reported = false;
  std::vector<suspension> holds;
  std::deque<room_request> room_line;
  std::string last_message;  // of a server whose handler threw
  std::vector<last_reply> last_replies;
  std::unordered_map<std::uint64_t, counted<pending_reply>> expected;  // by number: asynchronous requests
  std::vector<std::shared_ptr<turn_end_work>> at_turn_end;
  envelope* deferred = nullptr;  // oldest first; under simulation only
  std::unique_ptr<thrown_trail> thrown;

  process_extra();
  ~process_extra();
};

}  // namespace brood::detail
