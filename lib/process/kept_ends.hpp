// How processes ended that a thread outside spawned: runtime::wait may come later.
#pragma once

#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace brood::detail {

class kept_ends {
 public:
  static constexpr std::size_t most = 65'536;  // ended and not waited for

  void expect(pid who) {
    std::lock_guard guard(lock_);
    ends_.emplace(who.bits(), std::nullopt);
  }

  void note(pid who, const exit_reason& why) {
    std::optional<exit_reason> forgotten;  // destroyed outside the lock: the value in it is the user's
    std::lock_guard guard(lock_);
    const auto found = ends_.find(who.bits());
    if (found == ends_.end())
      return;
    found->second = why;
    ended_.push_back(who.bits());
    if (ended_.size() > most) {
      if (const auto oldest = ends_.find(ended_.front()); oldest != ends_.end()) {
        forgotten = std::move(oldest->second);
        ends_.erase(oldest);
      }
      ended_.pop_front();
    }
    changed_.notify_all();
  }

  // How it ended, if it has.
  std::optional<exit_reason> look(pid who) {
    std::lock_guard guard(lock_);
    const auto found = ends_.find(who.bits());
    return found == ends_.end() ? std::nullopt : found->second;
  }

  // Nobody is left who could end: whoever waits for another is told so.
  void close() {
    std::lock_guard guard(lock_);
    std::erase_if(ends_, [](const auto& entry) { return !entry.second; });
    changed_.notify_all();
  }

  // Blocks until it has ended. Empty: not expected, or taken before.
  std::optional<exit_reason> take(pid who) {
    std::unique_lock guard(lock_);
    for (;;) {
      const auto found = ends_.find(who.bits());
      if (found == ends_.end())
        return std::nullopt;
      if (found->second) {
        std::optional<exit_reason> why = std::move(found->second);
        ends_.erase(found);
        return why;
      }
      changed_.wait(guard);
    }
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  std::unordered_map<std::uint64_t, std::optional<exit_reason>> ends_;
  std::deque<std::uint64_t> ended_;  // oldest first; may name some that were taken
};

}  // namespace brood::detail
