// What threads exchange: per size class full magazines, loose blocks, and a span to carve new blocks from.
//
// Any thread, under a lock taken once a magazine. It also carries the happens-before from who freed a block to who gets it next.
#pragma once

#include <brood/detail/size_class.hpp>
#include "base/cache_line.hpp"
#include "base/spinlock.hpp"
#include "memory/magazine.hpp"
#include "memory/span.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace brood::detail {

// How large blocks, magazines and spans are.
struct slab_sizes {
  static constexpr std::size_t span = span_size;
  static constexpr std::size_t block(std::size_t size_class) noexcept { return block_sizes[size_class]; }
  static constexpr std::uint32_t capacity(std::size_t size_class) noexcept { return magazine_capacity(size_class); }
  static void* new_span() { return detail::new_span(); }
};

// Both parameters are for the explorer in tests/race/model: a lock whose every operation is a choice point, and small sizes.
template <class Lock = spinlock, class Sizes = slab_sizes>
class alignas(cache_line) basic_depot {
 public:
  // At least one block, at most a full magazine. Throws std::bad_alloc.
  magazine take(std::size_t size_class);

  // A full magazine.
  void put(std::size_t size_class, const magazine& full) noexcept {
    std::lock_guard guard(lock_);
    full.blocks->next_magazine = full_;
    full_ = full.blocks;
    taken_ -= Sizes::capacity(size_class);
  }
  // One block; or what is left in a magazine whose thread ends.
  void put_loose(free_block* block) noexcept {
    std::lock_guard guard(lock_);
    add_loose(block);
  }
  void put_rest(magazine& rest) noexcept {
    std::lock_guard guard(lock_);
    while (free_block* block = rest.pop())
      add_loose(block);
  }

  // Blocks taken and not put back.
  std::size_t taken() noexcept {
    std::lock_guard guard(lock_);
    return taken_;
  }

 private:
  void add_loose(free_block* block) noexcept {  // under lock_
    block->next = loose_;
    loose_ = block;
    --taken_;
  }

  Lock lock_;
  free_block* full_ = nullptr;   // magazines, by next_magazine
  free_block* loose_ = nullptr;  // single blocks
  char* carve_ = nullptr;        // the span's unused part
  char* span_end_ = nullptr;
  std::size_t taken_ = 0;
};

template <class Lock, class Sizes>
magazine basic_depot<Lock, Sizes>::take(std::size_t size_class) {
  const std::uint32_t capacity = Sizes::capacity(size_class);
  magazine m{nullptr, capacity};
  char* fresh;
  std::size_t count;
  const std::size_t size = Sizes::block(size_class);
  {
    std::lock_guard guard(lock_);
    if (full_ != nullptr) {
      m = {full_, 0};
      full_ = full_->next_magazine;
      taken_ += capacity;
      return m;
    }
    if (loose_ != nullptr) {
      while (loose_ != nullptr && m.room != 0) {
        free_block* block = loose_;
        loose_ = block->next;
        m.push(block);
        ++taken_;
      }
      return m;
    }
    if (static_cast<std::size_t>(span_end_ - carve_) < size) {
      carve_ = static_cast<char*>(Sizes::new_span());
      span_end_ = carve_ + Sizes::span;
    }
    count = std::min<std::size_t>(capacity, static_cast<std::size_t>(span_end_ - carve_) / size);
    fresh = carve_;
    carve_ += count * size;
    taken_ += count;
  }
  // The first touch of new memory, which may take a page fault each 4 KiB, is after the lock. In address order for the prefetcher.
  for (std::size_t i = count; i-- > 0;)
    m.push(reinterpret_cast<free_block*>(fresh + i * size));
  return m;
}

// A thread's two magazines of one size, when the first is of no more help. Bonwick: the second is full or empty, so a thread that
// hovers at the edge of a magazine goes to the depot once a magazine, not once a block.

// The first is empty. A block.
template <class Depot>
free_block* refill(magazine& loaded, magazine& previous, Depot& from, std::size_t size_class) {
  if (!previous.empty())
    std::swap(loaded, previous);
  else
    loaded = from.take(size_class);
  return loaded.pop();
}

// The first is full, or both are new.
template <class Depot>
void make_room(magazine& loaded, magazine& previous, Depot& to, std::size_t size_class, std::uint32_t capacity) noexcept {
  if (loaded.room != 0)
    return;  // new
  if (!previous.empty()) {
    to.put(size_class, previous);
    previous = {nullptr, capacity};
  }
  std::swap(loaded, previous);
}

using depot = basic_depot<>;

}  // namespace brood::detail
