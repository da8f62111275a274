// Names for processes: one a process, one process a name; released at its death, before any link or monitor fires.
//
// The table is a service of its own: a registration is not ordered with direct signals. Any thread.
//
//     register_name("store", worker);
//     send("store", add{1});
//     if (auto who = whereis("store")) std::cout << *who;
#pragma once

#include <brood/detail/api.hpp>
#include <brood/errors.hpp>
#include <brood/pid.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

// Throws bad_name: the name is empty or reserved (undefined, nil, true, false), it is taken (even by the same process), the
// process is dead, or it has a name already. OTP: erlang:register/2
BROOD_API void register_name(std::string_view name, pid who);

// Any process may do that. Throws bad_name when no process has it. OTP: erlang:unregister/1
BROOD_API void unregister_name(std::string_view name);

// The process that has the name now; empty when there is none. Never a process that released the name by dying.
// OTP: erlang:whereis/1
BROOD_API std::optional<pid> whereis(std::string_view name);
// All names there are now, in no order. OTP: erlang:registered/0
BROOD_API std::vector<std::string> registered();

}  // namespace brood
