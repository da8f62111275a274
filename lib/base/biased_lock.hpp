// A lock that one thread, its owner, holds most of the time. To the owner, taking it and giving it back are a store and a load
// each, no read-modify-write. Whoever else wants it, one thread at a time, pays for both, and is refused while the owner has it.
//
//   the owner takes it:   held = true;   then reads `wanted`; if it is set, steps back and waits until it is not
//   another seizes it:    wanted = true; then reads `held`;   if it is set, gives up
//
// As long as each sees its own store before it reads the other's, at most one of them goes on. The owner must not pay for that
// order, so the other does: `barrier::heavy` makes all threads of the program see theirs (membarrier). Where the kernel has no
// such thing, the owner's store becomes an exchange.
#pragma once

#include "base/barrier.hpp"
#include "base/spinlock.hpp"

#include <atomic>
#include <cstdint>

namespace brood::detail {

template <template <class> class Atomic = std::atomic, class Barrier = barrier>
class biased_lock {
 public:
  // The owner is born with it.
  biased_lock() noexcept : wanted_(Barrier::light() ? 0 : fenced) {}

  // Owner. Acquire: pairs with give_back.
  void take() noexcept {
    held_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // to the compiler; the processor hears of it through `heavy`
    if (wanted_.load(std::memory_order_acquire) != 0) [[unlikely]]
      take_slowly();
  }
  // Owner, where it has another way. False: not without waiting, or without a fence.
  bool try_take() noexcept {
    held_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (wanted_.load(std::memory_order_acquire) == 0) [[likely]]
      return true;
    leave();
    return false;
  }
  // Owner. Release: pairs with the acquire in seize.
  void leave() noexcept { held_.store(false, std::memory_order_release); }

  // Another thread. True: it has the lock until give_back.
  [[nodiscard]] bool seize() noexcept {
    wanted_.fetch_or(seized, std::memory_order_seq_cst);
    Barrier::heavy();
    if (!held_.load(std::memory_order_seq_cst))
      return true;
    give_back();
    return false;
  }
  void give_back() noexcept { wanted_.fetch_and(fenced, std::memory_order_release); }

  // Anybody: a hint.
  bool held() const noexcept { return held_.load(std::memory_order_relaxed); }

 private:
  [[gnu::cold, gnu::noinline]] void take_slowly() noexcept {
    held_.exchange(true, std::memory_order_seq_cst);
    while ((wanted_.load(std::memory_order_seq_cst) & seized) != 0) {
      held_.store(false, std::memory_order_release);
      while ((wanted_.load(std::memory_order_acquire) & seized) != 0)
        Barrier::pause();
      held_.exchange(true, std::memory_order_seq_cst);
    }
  }

  static constexpr std::uint8_t seized = 1;  // somebody has it, or tries
  static constexpr std::uint8_t fenced = 2;  // for good: the owner's store has to be an exchange

  Atomic<bool> held_{true};
  Atomic<std::uint8_t> wanted_;
};

}  // namespace brood::detail
