// A message meets a wait: the innermost step of receiving, inlined where messages are taken in.
#pragma once

#include "process/core.hpp"

#include <cstddef>
#include <exception>

namespace brood::detail {

inline bool is_message(const envelope& e) noexcept { return e.type->kind <= signal_kind::call; }

// Under simulation: tells the story.
[[gnu::cold]] void note_wait_over(process_control& p, const envelope* result) noexcept;

inline void end_wait(process_control& p, envelope* result) noexcept {
  if (simulating()) [[unlikely]]
    note_wait_over(p, result);
  p.wait->result = result;
  p.wait = nullptr;
  p.waits_answer = false;
  p.deadline.store(no_deadline, std::memory_order_relaxed);
}

// A predicate threw: the exception comes out of the await.
[[gnu::noinline]] void fail_wait(core& c, process_control& p, std::exception_ptr failure) noexcept;

// A message that arrives while the process waits with nothing unscanned: matched before it is queued. True: taken. Else, or if a
// predicate threw, it stays.
[[gnu::always_inline]] inline bool match_directly(core& c, process_control& p, envelope* e) noexcept {
  try {
    const int handler = p.kind->match(*p.wait, *e);
    if (handler == no_match)
      return false;
    e->matched = static_cast<std::size_t>(handler);
    end_wait(p, e);
    return true;
  } catch (...) {
    fail_wait(c, p, std::current_exception());
    return false;
  }
}

// The steady state: just one plain message arrived for a process that waits for messages and has looked at all it has.
inline bool is_awaited_message(const process_control& p, const envelope* arrived) noexcept {
  return !p.in_special_state() && p.wait && p.kind->match && arrived && arrived->next == nullptr && is_message(*arrived) &&
         p.queue.fully_scanned();
}

}  // namespace brood::detail
