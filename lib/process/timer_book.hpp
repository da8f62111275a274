// The timers that send messages: all of them by number, and those of one target in a list. What happens to one of 10^5 that aim at the
// same process costs as much as if it were the only one.
//
// One lock, in no hot path: arming, cancelling and firing take it, and after it the lock of the wheel. No user code runs under it:
// messages are copied, destinations looked up and both destroyed outside; `to`, `message`, `period` and `copy` never change, and
// whoever fires a timer that repeats shares it meanwhile.
#pragma once

#include "process/core.hpp"

#include <brood/destination.hpp>
#include <brood/timers.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace brood::detail {

// One send_after, start_timer, send_at or send_every.
struct send_timer : timer_node {
  send_timer(std::uint64_t n, destination d, envelope_ptr m, std::int64_t every, copy_message c, worker& w)
      : number(n), to(std::move(d)), message(std::move(m)), period(every), copy(c), holder(w) {
    if (const pid* process = to.process())
      target = *process;
  }
  const std::uint64_t number;
  const destination to;
  envelope_ptr message;
  const std::int64_t period;  // 0: once
  const copy_message copy;
  worker& holder;  // of the wheel
  pid target;  // empty: by name or key, looked up when it fires
  // Under the lock: others of the same target.
  send_timer* previous = nullptr;
  send_timer* following = nullptr;
};
using timer_ptr = std::shared_ptr<send_timer>;

class timer_book {
 public:
  static timer_book& instance() {
    static auto* book = new timer_book;
    return *book;
  }

  std::mutex lock;

  // All that follow: under the lock. What they return is destroyed after its release.

  // Throws std::bad_alloc, and has then done nothing.
  void add(timer_ptr timer) {
    send_timer& node = *timer;
    const auto added = by_number_.emplace(node.number, std::move(timer)).first;
    if (!node.target)
      return;
    try {
      send_timer*& first = by_target_[node.target.bits()];
      node.following = first;
      if (first)
        first->previous = &node;
      first = &node;
    } catch (...) {
      by_number_.erase(added);
      throw;
    }
  }
  void start(send_timer& timer, std::int64_t deadline) noexcept {
    std::lock_guard wheel(timer.holder.timer_lock);
    timer.holder.sends.insert(timer, deadline);
    timer.holder.note_armed(deadline);
  }

  timer_ptr find(std::uint64_t number) const noexcept {
    const auto found = by_number_.find(number);
    return found == by_number_.end() ? nullptr : found->second;
  }
  timer_ptr remove(std::uint64_t number) noexcept {
    const auto found = by_number_.find(number);
    if (found == by_number_.end())
      return nullptr;
    timer_ptr timer = std::move(found->second);
    by_number_.erase(found);
    {
      std::lock_guard wheel(timer->holder.timer_lock);
      if (timer->queued())
        timer->holder.sends.remove(*timer);
    }
    if (timer->target)
      leave_target(*timer);
    return timer;
  }
  timer_ptr remove_one_to(pid target) noexcept {
    const auto found = by_target_.find(target.bits());
    return found == by_target_.end() ? nullptr : remove(found->second->number);
  }
  timer_ptr remove_any() noexcept { return by_number_.empty() ? nullptr : remove(by_number_.begin()->first); }
  std::size_t size() const noexcept { return by_number_.size(); }

 private:
  void leave_target(send_timer& timer) noexcept {
    if (timer.following)
      timer.following->previous = timer.previous;
    if (timer.previous)
      timer.previous->following = timer.following;
    else if (timer.following)
      by_target_.find(timer.target.bits())->second = timer.following;
    else
      by_target_.erase(timer.target.bits());
  }

  std::unordered_map<std::uint64_t, timer_ptr> by_number_;
  std::unordered_map<std::uint64_t, send_timer*> by_target_;  // the first of a list
};

}  // namespace brood::detail
