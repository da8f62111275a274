// What the runtime notices for the system monitor and for run_options::high_water. Hot paths look at one relaxed word each.
#pragma once

#include "process/process_control.hpp"

#include <brood/inspect.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>

namespace brood::detail {

// Mailboxes of fewer messages interest nobody.
extern std::atomic<std::uint32_t> mailbox_mark;
// Turns that take so many nanoseconds interest the system monitor; 0: none do.
extern std::atomic<std::int64_t> long_turn;

// After signals were taken in, when the mailbox is at or over the mark. `before`: its length then.
void mailbox_grew(process_control& p, std::uint32_t before) noexcept;
// A process whose mailbox was reported is about to sleep or to yield.
void mailbox_shrank(process_control& p) noexcept;

// Noted before a turn, told after it.
class long_turn_note {
 public:
  explicit long_turn_note(const process_control& p) noexcept : who_(p.self()), site_(p.site) {}
  void tell(std::int64_t took_ns) const noexcept;

 private:
  pid who_;
  std::source_location site_;
};

// run_options::high_water, at the start of a runtime.
void set_high_water(std::size_t messages) noexcept;
// At death: it may have been the system monitor, whose pid's bits these are.
extern std::atomic<std::uint64_t> system_watcher;
void forget_watcher(pid who) noexcept;
inline void forget_system_monitor(const process_control& p) noexcept {
  if (system_watcher.load(std::memory_order_relaxed) == p.self().bits())
    forget_watcher(p.self());
}

}  // namespace brood::detail
