// Until when supervisors let the children live that they are stopping: so long the end of a runtime does not kill them.
#pragma once

#include <brood/pid.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <mutex>
#include <unordered_map>

namespace brood::detail {

// Any thread. Times are the platform's, in nanoseconds.
class promised_times {
 public:
  static constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max();

  void promise(pid supervisor, std::int64_t until) {
    std::lock_guard guard(lock_);
    until_.insert_or_assign(supervisor.bits(), until);
  }
  void withdraw(pid supervisor, std::int64_t now) noexcept {
    std::lock_guard guard(lock_);
    until_.erase(supervisor.bits());
    changed_ = std::max(changed_, now);
  }
  // When all may be killed, if nothing changes: `grace` after `begin`, after the last promise that stands, and after the last that
  // was kept, for then the supervisor goes on to its next child.
  std::int64_t over_at(std::int64_t begin, std::int64_t grace) const {
    std::lock_guard guard(lock_);
    std::int64_t last = std::max(begin, changed_);
    for (const auto& [who, until] : until_)
      last = std::max(last, until);
    return last > for_ever - grace ? for_ever : last + grace;
  }
  bool any() const {
    std::lock_guard guard(lock_);
    return !until_.empty();
  }
  void start_over() noexcept {
    std::lock_guard guard(lock_);
    until_.clear();
    changed_ = 0;
  }

 private:
  mutable std::mutex lock_;
  std::unordered_map<std::uint64_t, std::int64_t> until_;
  std::int64_t changed_ = 0;
};

}  // namespace brood::detail
