// The name table: a service of its own, not part of any process.
#pragma once

#include "process/process_control.hpp"

#include <brood/names.hpp>

#include <string>

namespace brood::detail {

// The name of a process, empty if it has none.
std::string name_of(pid who);
// name_state of a process.
inline constexpr std::uint8_t unnamed = 0, named = 1;

// At death, before its inbox closes, and again after that: whoever names it marks it, then looks whether it lives, so what is given
// after the first time is found the second time, or taken back. Sequentially consistent, all four.
void release_name_of(process_control& p) noexcept;
inline void release_name(process_control& p) noexcept {
  if (p.name_state.load(std::memory_order_seq_cst) != unnamed)
    release_name_of(p);
}
// A slot's next tenant.
inline void reset_name(process_control& p) noexcept { p.name_state.store(unnamed, std::memory_order_relaxed); }
// Why this can't be registered now, or empty: what spawn_options::name is checked with.
void reserve_name(std::string_view name, process_control& p);

}  // namespace brood::detail
