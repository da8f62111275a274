// The two messages the runtime itself puts into a mailbox.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/message_type.hpp>
#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>

#include <string>

namespace [[gnu::visibility("default")]] brood {

// {'EXIT', Pid, Reason}: an exit signal that reached a process which traps exits.
struct exited {
  pid who;
  exit_reason why;
};

// {'DOWN', Ref, process, Pid, Reason}. A monitor by name: `name` is the name, `who` the process it found (empty if none).
struct down {
  monitor_ref monitor;
  pid who;
  exit_reason why;
  std::string name;
};

BROOD_API std::string describe(const exited& e);
BROOD_API std::string describe(const down& d);

namespace detail {
template <>
inline constexpr bool never_dropped_v<exited> = true;
template <>
inline constexpr bool never_dropped_v<down> = true;
}  // namespace detail

}  // namespace brood
