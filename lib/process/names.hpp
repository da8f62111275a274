// The name table: a service of its own, not part of any process.
#pragma once

#include "process/process_control.hpp"

#include <brood/names.hpp>

#include <string>

namespace brood::detail {

// The name of a process, empty if it has none.
std::string name_of(pid who);
// At death: frees its name, and from then on it can't get one.
void release_name(process_control& p) noexcept;
// It is so far dead that it has released its name.
bool past_names(const process_control& p) noexcept;
// A slot's next tenant may have names again.
void reset_name(process_control& p) noexcept;
// Why this can't be registered now, or empty: what spawn_options::name is checked with.
void reserve_name(std::string_view name, process_control& p);

}  // namespace brood::detail
