// Which tables outside a process keep something of it: bits in its control block. A death takes the lock of those tables alone.
//
// Who puts something of a process into a table sets the bit, puts it in under the lock of the table, then looks whether the process
// lives, and takes it out again if not. A death closes the inbox, then looks at the bits, then takes out under the lock what is there.
// The setting of the bit, both looks and the closing are sequentially consistent: one of the two sees the other.
//
// A bit stays set when the last thing has been taken out; the death then looks in vain. The same happens to the slot's next tenant
// when somebody comes too late for this one.
#pragma once

#include "process/process_control.hpp"

#include <cstdint>

namespace brood::detail {

struct in_table {
  static constexpr std::uint8_t names = 1, timers = 2, groups = 4;
};

inline bool is_kept_in(const process_control& p, std::uint8_t tables) noexcept {
  return (p.kept_in.load(std::memory_order_seq_cst) & tables) != 0;
}
inline void keep_in(process_control& p, std::uint8_t table) noexcept {
  if (!is_kept_in(p, table))
    p.kept_in.fetch_or(table, std::memory_order_seq_cst);
}
// By the process, at its death, under the lock of the table.
inline void leave_table(process_control& p, std::uint8_t table) noexcept {
  p.kept_in.fetch_and(static_cast<std::uint8_t>(~table), std::memory_order_seq_cst);
}

// For the slot's next tenant, before anybody knows its pid.
inline void forget_tables(process_control& p) noexcept { p.kept_in.store(0, std::memory_order_relaxed); }

}  // namespace brood::detail
