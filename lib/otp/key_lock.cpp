#include <brood/detail/key_lock.hpp>

#include "process/signals.hpp"

#include <algorithm>
#include <stdexcept>

namespace brood::detail {

bool lock_line::join(const lock_ticket& t) {
  if (!holder_.who) {
    holder_ = t;
    return true;
  }
  if (holder_.who == t.who)
    throw std::logic_error("brood: this process holds the lock of this key already, and would wait for itself: lock it once");
  waiting_.push_back(t);
  return false;
}

void lock_line::leave(const lock_ticket& t) noexcept {
  if (holder_.number != t.number) {
    const auto place = std::find_if(waiting_.begin(), waiting_.end(), [&](const lock_ticket& w) { return w.number == t.number; });
    waiting_.erase(place);
    return;
  }
  holder_ = {};
  if (waiting_.empty())
    return;
  holder_ = waiting_.front();
  waiting_.pop_front();
  answer_question(holder_.who, holder_.number, true);
}

}  // namespace brood::detail
