// Doors: how a thread that is no scheduler comes to what a runtime owns, and how the runtime learns that nobody is there any more.
//
// A scheduler thread needs no door: the runtime joins it before anything is destroyed. Any other thread goes in before it touches
// schedulers, workers or wheels, and out after. Inside nothing blocks and no user code runs but a spawned closure's constructors.
// Doors are static, so that one may be tried at any time, runtime or none.
#pragma once

#include "process/core.hpp"

#include <atomic>
#include <cstdint>

namespace brood::detail {

// One word: a bit that says whether it is open, and a count of those inside.
class door {
 public:
  void open() noexcept { word_.fetch_or(is_open, std::memory_order_release); }  // partner: enter
  // Whoever has not entered yet is refused. Those inside stay inside: wait until `empty`.
  void close() noexcept { word_.fetch_and(~is_open, std::memory_order_relaxed); }
  // Acquire: pairs with the release of each that left.
  bool empty() const noexcept { return (word_.load(std::memory_order_acquire) & ~is_open) == 0; }

  // False: it is closed. The look before the count keeps a crowd at a closed door from hiding that nobody is inside.
  bool enter() noexcept {
    if ((word_.load(std::memory_order_relaxed) & is_open) == 0)
      return false;
    if ((word_.fetch_add(1, std::memory_order_acquire) & is_open) != 0)  // partner: open
      return true;
    leave();
    return false;
  }
  // For who knows that the runtime can't end before it leaves.
  void enter_always() noexcept { word_.fetch_add(1, std::memory_order_acquire); }
  void leave() noexcept { word_.fetch_sub(1, std::memory_order_release); }  // partner: empty

  // In a forked child: those inside are threads of the parent.
  void forget() noexcept { word_.store(0, std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t is_open = std::uint32_t{1} << 31;
  std::atomic<std::uint32_t> word_{0};
};

// Threads outside that spawn. Closes when the end begins.
inline constinit door newcomers_door;
// Threads outside that do anything else. Closes when nobody is left whom they could address.
inline constinit door visitors_door;

// The calling thread's stay, if it is outside. False: it may not come in.
class visit {
 public:
  explicit visit(door& d) noexcept : door_(core_here() ? nullptr : &d), inside_(!door_ || d.enter()) {}
  ~visit() {
    if (door_ && inside_)
      door_->leave();
  }
  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;
  explicit operator bool() const noexcept { return inside_; }

 private:
  door* const door_;
  const bool inside_;
};

}  // namespace brood::detail
