// What a scheduler queues. It knows nothing of processes.
//
// A queue entry is a hint, not ownership: what decides who runs a process is the `queued` bit of its inbox word, which exactly one
// worker claims (mailbox/inbox_word.hpp). So an entry may be seen twice, by a thief and by a rescuer say, and the later one finds
// nothing to claim. That is what lets a rescuer read another worker's slot without a lock.
#pragma once

#include <cstdint>

namespace brood::detail {

struct runnable {};

// An entry may ask for less than a turn: that the process's signals are taken in, at the priority of who asked (inbox_word::ask).
// Bit 0 of the entry says so, bit 1 that the asker's priority is high.
inline runnable* for_signals(runnable* r, bool high) noexcept {
  return reinterpret_cast<runnable*>(reinterpret_cast<std::uintptr_t>(r) | (high ? 3 : 1));
}
inline bool is_for_signals(const runnable* r) noexcept { return (reinterpret_cast<std::uintptr_t>(r) & 1) != 0; }
inline bool asked_at_high(const runnable* r) noexcept { return (reinterpret_cast<std::uintptr_t>(r) & 2) != 0; }
inline runnable* runnable_of(const runnable* entry) noexcept {
  return reinterpret_cast<runnable*>(reinterpret_cast<std::uintptr_t>(entry) & ~std::uintptr_t{3});
}

}  // namespace brood::detail
