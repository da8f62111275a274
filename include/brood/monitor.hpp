// Monitors: one-way, stackable; the watcher gets a `down` message. And aliases: addresses that can be taken back.
//
// All are about the calling process and throw not_a_process where there is none.
//
//     monitor_ref watch = monitor(worker);
//     if (auto end = co_await receive<down>(watch, within(5s)))
//       std::cout << end->who << " ended: " << end->why;
//     else
//       demonitor(watch, {.flush = true});
#pragma once

#include <brood/detail/api.hpp>
#include <brood/pid.hpp>
#include <brood/signals.hpp>

#include <cstdint>
#include <string_view>

namespace [[gnu::visibility("default")]] brood {

// How long a monitor's reference also works as an address for messages to this process. OTP: monitor/3, {alias, …}
enum class alias_until : std::uint8_t { none, unaliased, demonitored, replied };

struct monitor_options {
  alias_until alias = alias_until::none;
};

// Watches a process: exactly one `down` when it ends, with noproc if it is dead already. n monitors give n `down`s. On self():
// never fires. OTP: erlang:monitor/2
BROOD_API monitor_ref monitor(pid who);
BROOD_API monitor_ref monitor(pid who, monitor_options options);
// Watches whoever has the name now; its `down` holds the name. Nobody has it: `down` with noproc, at once.
// OTP: erlang:monitor(process, Name)
BROOD_API monitor_ref monitor(std::string_view name);
BROOD_API monitor_ref monitor(std::string_view name, monitor_options options);

struct demonitor_options {
  bool flush = false;  // also removes the `down` from the mailbox, if it is there
  bool info = false;   // return whether the monitor was found (with flush: and no flush was needed)
};

// Ends a monitor of this process's: no `down` will be added from now on. True unless info asks otherwise; unknown, fired or
// foreign references are no error. OTP: erlang:demonitor/2
BROOD_API bool demonitor(monitor_ref monitor, demonitor_options options = {});

struct alias_options {
  bool reply = false;  // ends with the first message received through it
};

// A new address of this process, active until unalias or its death. OTP: erlang:alias/1
BROOD_API ref alias(alias_options options = {});

// True if it was an active alias of this process. Messages through it that have not been received are dropped; those in the
// mailbox stay. OTP: erlang:unalias/1
BROOD_API bool unalias(ref alias);
BROOD_API bool unalias(monitor_ref alias);

}  // namespace brood
