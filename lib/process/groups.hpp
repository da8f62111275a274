// Process groups: what death does about them.
#pragma once

#include "process/process_control.hpp"

namespace brood::detail {

// After the inbox has closed: leaves all groups, ends its watches.
void forget_groups(const process_control& p) noexcept;

}  // namespace brood::detail
