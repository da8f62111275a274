// All control blocks, and how a pid finds its own: slot = index, no load but of the block itself.
//
// One reserved address range for the life of the program, touched as it is used and never given back, so a sender may look at a
// slot at any time: the id and the tag in the inbox word tell it whether the tenant it means is there. A slot is used again only
// after `cool_down` others were freed by the same worker, while fresh ones last: late senders meet a closed inbox, not a tenant.
#pragma once

#include "process/process_control.hpp"
#include "process/slot_chain.hpp"

#include <brood/pid.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace brood::detail {

class process_table {
 public:
  static constexpr std::uint32_t capacity = std::uint32_t{1} << 25;
  static constexpr std::uint32_t batch = 64;

  // The one in use: the program's, or, while it runs, the simulator's own, whose pids begin anew with each run.
  static process_table& instance() {
    process_table* table = table_.load(std::memory_order_acquire);  // partner: make
    return table ? *table : make();
  }
  // Changes which one that is, while no runtime runs; returns the old one.
  static process_table* use(process_table* table) noexcept;

  // Reserves address space for so many.
  explicit process_table(std::uint32_t room = capacity);

  process_control* at(std::uint32_t index) noexcept { return slots_ + index; }
  // The block a pid names if it was ever used, else null. Its tenant may be another by now.
  process_control* find(pid who) noexcept {
    const auto index = static_cast<std::uint32_t>(who.bits() & index_mask);
    return index != 0 && index < used_.load(std::memory_order_acquire) ? slots_ + index : nullptr;
  }
  // The block whose tenant it is, by its number: dead or alive. Null: somebody else has it, or nobody ever had.
  process_control* tenant(pid who) noexcept {
    process_control* p = find(who);
    return p && p->id.load(std::memory_order_relaxed) == who.bits() ? p : nullptr;
  }
  bool alive(pid who) noexcept {
    process_control* p = tenant(who);
    return p && p->inbox.alive(process_control::inbox_tag(who.bits()));
  }

  // A run of slots never used before; how many it got (0: full, or the system has no memory for more). Slots with indices [first,
  // first + n).
  std::uint32_t carve(std::uint32_t& first, std::uint32_t wanted);
  std::uint32_t used() const noexcept { return used_.load(std::memory_order_acquire); }

  // Slots that a worker gave up at its end, or has too many of.
  void give(slot_chain slots) noexcept;
  slot_chain take() noexcept;
  // The slot's next tenant will be its first. Its id is its index, serial 0, as when it was carved.
  void forget_serial(std::uint64_t index) noexcept {
    at(static_cast<std::uint32_t>(index))->id.store(index, std::memory_order_relaxed);
  }
  void forget_spare() noexcept { spare_.clear(); }  // all slots are about to be fresh again

  static constexpr std::uint64_t index_mask = (std::uint64_t{1} << 28) - 1;

 private:
  friend struct debug_layout;
  static process_table& make();
  // So many bytes of the range may be used. False: refused.
  bool open(std::size_t bytes) noexcept;
  static constinit std::atomic<process_table*> table_;

  const std::uint32_t room_;
  process_control* slots_;
  std::size_t open_ = 0;  // bytes of the range that may be used; what lies behind is address space alone
  std::atomic<std::uint32_t> used_{1};  // slot 0 is nobody
  std::mutex lock_;
  chain_stack spare_;
};

// The free slots of one worker: first in, first out, after fresh ones. Owner-only.
class slot_cache {
 public:
  static constexpr std::size_t cool_down = 256;

  explicit slot_cache(std::size_t wait = cool_down) noexcept : cool_down_(wait) {}
  // Null: the table is full.
  process_control* take() { return freed() > cool_down_ ? take_freed() : take_fresh(); }
  void put(process_control* p) noexcept {
    if (recent_.size() >= half) [[unlikely]]
      give_older();
    recent_.push(p);
  }
  void flush() noexcept;
  // The slots below `end` are fresh again. For a table that has one cache, and no tenants.
  void start_over(std::uint32_t end) noexcept;

 private:
  static constexpr std::size_t half = 2048;

  std::size_t freed() const noexcept { return older_.size() + recent_.size(); }
  process_control* take_freed() noexcept {
    if (older_.empty()) [[unlikely]]
      std::swap(older_, recent_);
    return older_.pop();
  }
  process_control* take_fresh();
  void give_older() noexcept;

  const std::size_t cool_down_;
  slot_chain older_, recent_;
  std::uint32_t fresh_ = 0, fresh_end_ = 0;
};

}  // namespace brood::detail
