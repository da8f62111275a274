// A free list that knows how many blocks it has room for. Owner-only.
#pragma once

#include <cstdint>

namespace brood::detail {

struct free_block {
  free_block* next;
  free_block* next_magazine;  // in the first block of a magazine in a depot
};

static_assert(sizeof(free_block) <= 16);

struct magazine {
  free_block* blocks = nullptr;
  std::uint32_t room = 0;  // blocks it can take yet; both at once 0 also serves a thread without a cache: nothing in, nothing out

  bool empty() const noexcept { return blocks == nullptr; }

  // Null when empty.
  free_block* pop() noexcept {
    free_block* block = blocks;
    if (block != nullptr) [[likely]] {
      blocks = block->next;
      ++room;
    }
    return block;
  }

  // False when full.
  bool push(free_block* block) noexcept {
    if (room == 0) [[unlikely]]
      return false;
    --room;
    block->next = blocks;
    blocks = block;
    return true;
  }
};

}  // namespace brood::detail
