// Timers, sorted no more than needed: 8 levels of 64 slots, a level's slot as wide as the whole level below, the finest 65.5 us.
//
// A node lies at the level of the highest 6-bit group in which its tick differs from the wheel's. So the occupied slots of a level
// all lie ahead, the first occupied slot of the lowest occupied level is the next one due, and eight levels reach any int64 of
// nanoseconds. When its tick comes, a node moves to the list of those that are due by and by, and only there lies in order.
//
// Not thread-safe: the caller locks. Nodes belong to the caller; linked ones must stay where they are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace brood::detail {

inline constexpr std::int64_t no_timer = std::numeric_limits<std::int64_t>::max();  // as the time when one is due

struct timer_link {
  timer_link* prev = nullptr;
  timer_link* next = nullptr;
};

struct timer_node : timer_link {
  std::int64_t fire_at = 0;  // nanoseconds; set by insert

  bool queued() const noexcept { return next != nullptr; }
};

static_assert(sizeof(timer_node) <= 32);

class timer_wheel {
 public:
  timer_wheel() noexcept;
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  // Links a node that is not queued. Any time will do: the past is due at the next advance.
  void insert(timer_node& node, std::int64_t when_ns) noexcept;

  // It is not an error if the node is not queued.
  void remove(timer_node& node) noexcept;

  // Calls expired(node), already unlinked, for each node with fire_at <= now: never early, in order of fire_at, in order of insertion
  // where that is equal. `expired` may insert and remove any node; what it inserts waits for the next advance, even if due.
  // If it throws, or they are more than `most`, the rest fires at the next advance, and next_deadline is in the past.
  template <class Expired>
  void advance(std::int64_t now_ns, Expired&& expired, std::size_t most = std::numeric_limits<std::size_t>::max()) {
    collect(now_ns);
    for (timer_node* node; most > 0 && (node = pop_due(now_ns)); --most)
      expired(*node);
  }

  // No later than the first fire_at, INT64_MAX when empty. Earlier only as long as an advance at that time makes progress
  // (a crowded slot is spread over finer ones), so waiting for it never spins.
  std::int64_t next_deadline() const noexcept;

  // Time begins anew. The wheel is empty.
  void start_over() noexcept { tick_ = 0; }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  static constexpr unsigned tick_bits = 16;
  static constexpr unsigned level_bits = 6;
  static constexpr unsigned levels = 8;
  static constexpr unsigned slots = 1u << level_bits;
  static constexpr unsigned due = levels * slots;  // the list of those whose tick has come, behind the last slot
  static constexpr unsigned none = due + 1;

  static std::uint64_t tick_of(std::int64_t ns) noexcept { return ns < 0 ? 0 : static_cast<std::uint64_t>(ns) >> tick_bits; }
  unsigned slot_of(std::uint64_t tick) const noexcept;
  unsigned first_slot() const noexcept;
  std::uint64_t start_of(unsigned slot) const noexcept;
  void append(unsigned slot, timer_link& node) noexcept;
  void append_before(timer_link& place, unsigned slot, timer_link& node) noexcept;
  void unlink(timer_link& node) noexcept;
  timer_node* detach(unsigned slot) noexcept;
  void add_due(timer_node* nodes) noexcept;
  void collect(std::int64_t now_ns) noexcept;
  timer_node* pop_due(std::int64_t now_ns) noexcept;

  std::uint64_t tick_ = 0;  // every node of this tick or an earlier one is due, but for those inserted since the last advance
  std::size_t size_ = 0;
  std::array<std::uint64_t, levels + 1> occupied_{};  // a bit a slot; the last word is the due list's
  std::array<timer_link, due + 1> lists_;  // circular, through the head
};

}  // namespace brood::detail
