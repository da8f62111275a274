// What a protocol protects: data that is not atomic; and what threads wait on.
#pragma once

#include "atomic.hpp"
#include "explorer.hpp"

#include "base/spinlock.hpp"

#include <array>
#include <cstdint>

namespace model {

// Fails when two threads touch it, one of them writing, and neither touch happens before the other.
template <class T>
class plain {
 public:
  plain(T value = T{}) : value_(value) { note(written_); }
  plain(const plain&) = delete;
  plain& operator=(T value) {
    must_be_seen(written_, "data race: written by two");
    must_be_seen(read_, "data race: written while another reads");
    note(written_);
    value_ = value;
    return *this;
  }
  operator T() const {
    must_be_seen(written_, "data race: read while another writes");
    note(read_);
    return value_;
  }
  T operator->() const { return *this; }

 private:
  using clock = std::array<std::uint32_t, threads>;
  static void note(clock& c) { c[explorer::instance().self()] = explorer::instance().my_view().clock[explorer::instance().self()]; }
  static void must_be_seen(const clock& c, const char* what) { check(explorer::instance().my_view().covers(c), what); }
  T value_;
  clock written_{};
  mutable clock read_{};
};

// The runtime's own lock, operation by operation; who waits for it lets others run.
struct letting_others_run {
  static void while_held(const atomic<bool>& locked) {
    explorer::instance().block_until([&] { return !locked.newest_value(); });
  }
};
using spinlock = brood::detail::basic_spinlock<atomic, letting_others_run>;

// A lock in two steps, for what is not about the lock.
class mutex {
 public:
  void lock() {
    explorer::instance().block_until([this] { return !held_; });
    take();
  }
  bool try_lock() {
    explorer::instance().point();
    if (held_)
      return false;
    take();
    return true;
  }
  void unlock() {
    explorer::instance().point();
    carried_ = explorer::instance().my_view();
    held_ = false;
    explorer::instance().tick();
  }

 private:
  void take() {
    held_ = true;
    explorer::instance().my_view().join(carried_);
  }
  bool held_ = false;
  view carried_;
};

// A driver's sleep: set() ends the current wait, or else the next.
class event {
 public:
  void wait() {
    explorer::instance().block_until([this] { return set_; });
    set_ = false;
    explorer::instance().my_view().join(carried_);
  }
  void set() {
    explorer::instance().point();
    carried_.join(explorer::instance().my_view());
    set_ = true;
    explorer::instance().tick();
  }

 private:
  bool set_ = false;
  view carried_;
};

}  // namespace model
