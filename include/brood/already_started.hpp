// Why something could not be started or enrolled: its name, its id or its key is taken.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/pid.hpp>

#include <string>

namespace [[gnu::visibility("default")]] brood {

// In an outcome's why(): why().get_if<already_started>()->who. OTP: {error, {already_started, Pid}}
struct already_started {
  pid who;  // by this one
  friend bool operator==(const already_started&, const already_started&) = default;
};

// {:already_started, #PID<0.60.0>}
BROOD_API std::string describe(const already_started& taken);

}  // namespace brood
