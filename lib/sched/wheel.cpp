#include "sched/wheel.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace brood::detail {

namespace {

timer_node* after(timer_node* node) noexcept { return static_cast<timer_node*>(node->next); }

// Nodes linked by `next` alone, null at the end.
struct chain {
  timer_link head;
  timer_link* tail = &head;

  void add(timer_link* node) noexcept { tail = tail->next = node; }
  timer_node* close() noexcept {
    tail->next = nullptr;
    return static_cast<timer_node*>(head.next);
  }
};

timer_node* merge(timer_node* earlier, timer_node* later) noexcept {
  chain merged;
  while (earlier != nullptr && later != nullptr) {
    timer_node*& least = later->fire_at < earlier->fire_at ? later : earlier;  // on a tie who came first stays first
    merged.add(std::exchange(least, after(least)));
  }
  merged.tail->next = earlier != nullptr ? earlier : later;
  return static_cast<timer_node*>(merged.head.next);
}

// Stable merge sort by fire_at; linear when they are sorted already, as they nearly always are.
timer_node* sorted(timer_node* nodes) noexcept {
  bool in_order = true;
  for (timer_node* n = nodes; n != nullptr && n->next != nullptr && in_order; n = after(n))
    in_order = n->fire_at <= after(n)->fire_at;
  if (in_order)
    return nodes;
  std::array<timer_node*, 64> runs{};  // runs[i]: 2^i sorted nodes, or none; the higher, the earlier they came
  while (nodes != nullptr) {
    timer_node* run = std::exchange(nodes, after(nodes));
    run->next = nullptr;
    std::size_t i = 0;
    for (; runs[i] != nullptr; ++i)
      run = merge(std::exchange(runs[i], nullptr), run);
    runs[i] = run;
  }
  for (timer_node* run : runs)
    nodes = merge(run, nodes);
  return nodes;
}

}  // namespace

timer_wheel::timer_wheel() noexcept {
  for (timer_link& head : lists_)
    head.prev = head.next = &head;
}

void timer_wheel::insert(timer_node& node, std::int64_t when_ns) noexcept {
  node.fire_at = when_ns;
  append(slot_of(tick_of(when_ns)), node);
  ++size_;
}

void timer_wheel::remove(timer_node& node) noexcept {
  if (!node.queued())
    return;
  unlink(node);
  --size_;
}

std::int64_t timer_wheel::next_deadline() const noexcept {
  std::int64_t earliest = occupied_[levels] != 0 ? static_cast<const timer_node*>(lists_[due].next)->fire_at : no_timer;
  const unsigned slot = first_slot();
  if (slot == none)
    return earliest;
  const std::uint64_t start = start_of(slot);
  if (start > tick_ && earliest != no_timer)
    return earliest;
  // Crowded and still ahead: go there first, an advance will spread it. Those of the current tick were inserted since the last one.
  int patience = start > tick_ ? 32 : std::numeric_limits<int>::max();
  for (const timer_link* n = lists_[slot].next; n != &lists_[slot]; n = n->next) {
    if (patience-- == 0)
      return static_cast<std::int64_t>(start << tick_bits);
    earliest = std::min(earliest, static_cast<const timer_node*>(n)->fire_at);
  }
  return earliest;
}

unsigned timer_wheel::slot_of(std::uint64_t tick) const noexcept {
  tick = std::max(tick, tick_);
  const auto highest_difference = static_cast<unsigned>(std::bit_width((tick ^ tick_) | 1)) - 1;
  const unsigned level = highest_difference / level_bits;
  return level * slots + (static_cast<unsigned>(tick >> (level * level_bits)) & (slots - 1));
}

// The first of the lowest occupied level: all that is on a level comes before all that is above it.
unsigned timer_wheel::first_slot() const noexcept {
  for (unsigned level = 0; level < levels; ++level)
    if (occupied_[level] != 0)
      return level * slots + static_cast<unsigned>(std::countr_zero(occupied_[level]));
  return none;
}

// The slot's first tick: above its level it agrees with tick_, else its nodes would be further up.
std::uint64_t timer_wheel::start_of(unsigned slot) const noexcept {
  const unsigned shift = slot / slots * level_bits;
  return ((tick_ >> shift >> level_bits << level_bits) | slot % slots) << shift;
}

void timer_wheel::append(unsigned slot, timer_link& node) noexcept { append_before(lists_[slot], slot, node); }

// Before a node of the slot's list, or its head.
void timer_wheel::append_before(timer_link& place, unsigned slot, timer_link& node) noexcept {
  node.next = &place;
  node.prev = place.prev;
  place.prev->next = &node;
  place.prev = &node;
  occupied_[slot / slots] |= std::uint64_t{1} << slot % slots;
}

void timer_wheel::unlink(timer_link& node) noexcept {
  node.prev->next = node.next;
  node.next->prev = node.prev;
  if (node.prev == node.next) {  // it was alone: both are the head
    const auto slot = static_cast<std::size_t>(node.next - lists_.data());
    occupied_[slot / slots] &= ~(std::uint64_t{1} << slot % slots);
  }
  node.prev = node.next = nullptr;
}

// Empties a slot: its nodes, linked by `next` alone.
timer_node* timer_wheel::detach(unsigned slot) noexcept {
  timer_link& head = lists_[slot];
  auto* first = static_cast<timer_node*>(head.next);
  head.prev->next = nullptr;
  head.prev = head.next = &head;
  occupied_[slot / slots] &= ~(std::uint64_t{1} << slot % slots);
  return first;
}

// Merges them, which are sorted, into the due list; nearly always they belong at its end.
void timer_wheel::add_due(timer_node* nodes) noexcept {
  if (nodes == nullptr)
    return;
  timer_link& head = lists_[due];
  const bool behind = head.prev == &head || static_cast<timer_node*>(head.prev)->fire_at <= nodes->fire_at;
  for (timer_link* place = behind ? &head : head.next; nodes != nullptr;) {
    timer_node& node = *std::exchange(nodes, after(nodes));
    while (place != &head && static_cast<timer_node*>(place)->fire_at <= node.fire_at)
      place = place->next;
    append_before(*place, due, node);
  }
}

// Moves those whose tick has come to the due list. Slots are taken from the earliest on; only a slot that is wider than a tick can
// hold nodes of later ones, and it is the last one taken: nothing behind it begins before now.
void timer_wheel::collect(std::int64_t now_ns) noexcept {
  const std::uint64_t now_tick = std::max(tick_, tick_of(now_ns));
  for (unsigned slot = first_slot(); slot != none && start_of(slot) <= now_tick; slot = first_slot()) {
    chain come, rest;
    for (timer_node* n = detach(slot); n != nullptr; n = after(n))
      (tick_of(n->fire_at) <= now_tick ? come : rest).add(n);
    add_due(sorted(come.close()));
    if (timer_node* n = rest.close()) {
      tick_ = now_tick;
      while (n != nullptr) {
        timer_node* node = std::exchange(n, after(n));
        append(slot_of(tick_of(node->fire_at)), *node);
      }
      return;
    }
  }
  tick_ = now_tick;
}

timer_node* timer_wheel::pop_due(std::int64_t now_ns) noexcept {
  auto* node = static_cast<timer_node*>(lists_[due].next);
  if (occupied_[levels] == 0 || node->fire_at > now_ns)
    return nullptr;
  unlink(*node);
  --size_;
  return node;
}

}  // namespace brood::detail
