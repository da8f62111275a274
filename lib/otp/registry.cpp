#include <brood/registry.hpp>

#include "process/signals.hpp"

#include <algorithm>
#include <stdexcept>

namespace brood::detail {

void refuse_duplicate_address() {
  throw std::invalid_argument("brood: at(key) needs a registry of unique keys: a duplicate key leads to many; use dispatch");
}

void post(pid to, envelope_ptr& message) noexcept {
  if (!runs_muted() && offer(to, message.get()))
    (void)message.release();
}

void listener_list::add(pid who) {
  std::lock_guard guard(mutex_);
  if (std::find(listeners_.begin(), listeners_.end(), who) == listeners_.end())
    listeners_.push_back(who);
  count_.store(listeners_.size(), std::memory_order_relaxed);
}

void listener_list::remove(pid who) noexcept {
  if (empty())
    return;
  std::lock_guard guard(mutex_);
  std::erase(listeners_, who);
  count_.store(listeners_.size(), std::memory_order_relaxed);
}

std::vector<pid> listener_list::all() const {
  std::lock_guard guard(mutex_);
  return listeners_;
}

}  // namespace brood::detail
