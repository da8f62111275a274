// Process groups: what death does about them.
#pragma once

#include "process/process_control.hpp"

#include <atomic>
#include <cstddef>

namespace brood::detail {

// After the inbox has closed: leaves all groups, ends its watches.
// Memberships in groups: death looks here first.
extern std::atomic<std::size_t> group_members;

void forget_groups(const process_control& p) noexcept;

}  // namespace brood::detail
