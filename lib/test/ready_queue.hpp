// The runnable processes, oldest first. Taking one out of turn costs the same: the oldest takes its place.
#pragma once

#include "sched/runnable.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace brood::detail {

class ready_queue {
 public:
  std::size_t size() const noexcept { return items_.size() - first_; }
  bool empty() const noexcept { return size() == 0; }
  runnable* at(std::size_t i) const noexcept { return items_[first_ + i]; }
  void push(runnable* r) { items_.push_back(r); }
  runnable* take(std::size_t i) noexcept {
    std::swap(items_[first_], items_[first_ + i]);
    runnable* r = items_[first_++];
    if (first_ == items_.size())
      clear();
    else if (first_ >= 1024 && first_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return r;
  }
  void clear() noexcept {
    items_.clear();
    first_ = 0;
  }

 private:
  std::vector<runnable*> items_;
  std::size_t first_ = 0;
};

}  // namespace brood::detail
