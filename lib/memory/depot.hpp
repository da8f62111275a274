// What threads exchange: per size class full magazines, loose blocks, and a span to carve new blocks from.
//
// Any thread, under a lock taken once a magazine. It also carries the happens-before from who freed a block to who gets it next.
#pragma once

#include "base/cache_line.hpp"
#include "base/spinlock.hpp"
#include "memory/magazine.hpp"

#include <cstddef>

namespace brood::detail {

class alignas(cache_line) depot {
 public:
  // At least one block, at most a full magazine. Throws std::bad_alloc.
  magazine take(std::size_t size_class);

  // A full magazine.
  void put(std::size_t size_class, const magazine& full) noexcept;
  // One block; or what is left in a magazine whose thread ends.
  void put_loose(free_block* block) noexcept;
  void put_rest(magazine& rest) noexcept;

  // Blocks taken and not put back.
  std::size_t taken() noexcept;

 private:
  void add_loose(free_block* block) noexcept;  // under lock_

  spinlock lock_;
  free_block* full_ = nullptr;   // magazines, by next_magazine
  free_block* loose_ = nullptr;  // single blocks
  char* carve_ = nullptr;        // the span's unused part
  char* span_end_ = nullptr;
  std::size_t taken_ = 0;
};

}  // namespace brood::detail
