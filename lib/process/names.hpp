// The name table: a service of its own, not part of any process.
#pragma once

#include "process/tables.hpp"

#include <brood/names.hpp>

#include <string>

namespace brood::detail {

// The name_index<> of them all, once there is one: debuggers begin there (debug_layout.cpp).
extern constinit const void* index_of_names;

// The name of a process, empty if it has none.
std::string name_of(pid who);

// At death, before its inbox closes, and again after that: what is given after the first time is found the second time, or taken
// back. See tables.hpp.
void release_name_of(process_control& p) noexcept;
inline void release_name(process_control& p) noexcept {
  if (is_kept_in(p, in_table::names))
    release_name_of(p);
}

// For a process that is being made: takes the name, throws bad_name if it can't be had. Nobody finds it yet.
void reserve_name(std::string_view name, process_control& p);
// Its inbox is open: from now on it is found.
void publish_name(process_control& p) noexcept;

}  // namespace brood::detail
