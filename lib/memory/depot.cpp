#include "memory/depot.hpp"

#include "memory/size_class.hpp"
#include "memory/span.hpp"

#include <algorithm>
#include <mutex>

namespace brood::detail {

magazine depot::take(std::size_t size_class) {
  const std::uint32_t capacity = magazine_capacity(size_class);
  magazine m{nullptr, capacity};
  char* fresh;
  std::size_t count;
  const std::size_t size = block_sizes[size_class];
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
      carve_ = static_cast<char*>(new_span());
      span_end_ = carve_ + span_size;
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

void depot::put(std::size_t size_class, const magazine& full) noexcept {
  std::lock_guard guard(lock_);
  full.blocks->next_magazine = full_;
  full_ = full.blocks;
  taken_ -= magazine_capacity(size_class);
}

void depot::put_loose(free_block* block) noexcept {
  std::lock_guard guard(lock_);
  add_loose(block);
}

void depot::put_rest(magazine& rest) noexcept {
  std::lock_guard guard(lock_);
  while (free_block* block = rest.pop())
    add_loose(block);
}

void depot::add_loose(free_block* block) noexcept {
  block->next = loose_;
  loose_ = block;
  --taken_;
}

std::size_t depot::taken() noexcept {
  std::lock_guard guard(lock_);
  return taken_;
}

}  // namespace brood::detail
