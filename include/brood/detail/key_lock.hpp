// Locks by key, for processes: who waits sleeps in line, first come first served; raise and kill release.
//
// A turn lives in the frame that has or waits for the lock: its destructor gives the lock back or leaves the line, whatever ended
// the frame, so no line ever holds a dead process.
#pragma once

#include <brood/detail/wait.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace brood::detail {

template <class Key>
concept hashable = requires(const Key& k) { std::hash<Key>{}(k); };

template <class Key, class T>
using map_by_key = std::conditional_t<hashable<Key>, std::unordered_map<Key, T>, std::map<Key, T>>;

struct lock_ticket {
  pid who;
  std::uint64_t number;  // of its await
};

// One key's.
class lock_line {
 public:
  // True: it has the lock. False: it is in line, and will be woken. Throws std::logic_error if its process has it already.
  bool join(const lock_ticket& t);
  // Wakes the next, if `t` had the lock. True: nobody is left.
  bool leave(const lock_ticket& t) noexcept;

 private:
  lock_ticket holder_{};
  std::deque<lock_ticket> waiting_;
};

template <class Key>
struct key_locks {
  std::mutex mutex;
  map_by_key<Key, lock_line> lines;
};

// co_await it once; from then on, to the end of its life, the lock is this frame's.
template <class Key>
class lock_turn : public answer_waiter {
 public:
  lock_turn(key_locks<Key>& locks, const Key& key) : locks_(locks), key_(key) {}
  lock_turn(const lock_turn&) = delete;
  ~lock_turn() {
    if (!joined_)
      return;
    std::lock_guard guard(locks_.mutex);
    const auto line = locks_.lines.find(key_);
    if (line->second.leave(ticket_))
      locks_.lines.erase(line);
  }

  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    process_stack& proc = *frame.promise().proc;
    begin_answer_wait(proc, *this, infinity);
    try {
      if (!join())
        return true;
    } catch (...) {
      abandon_answer_wait(proc);
      throw;
    }
    abandon_answer_wait(proc);
    return false;
  }
  void await_resume() noexcept {
    if (result)
      destroy(std::exchange(result, nullptr));  // this object lives on: its end must not find it again
  }

 private:
  bool join() {
    ticket_ = {self(), number};
    std::lock_guard guard(locks_.mutex);
    const bool mine = locks_.lines[key_].join(ticket_);
    joined_ = true;
    return mine;
  }

  key_locks<Key>& locks_;
  const Key& key_;
  lock_ticket ticket_{};
  bool joined_ = false;
};

}  // namespace brood::detail
