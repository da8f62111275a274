// Which block size serves how many bytes: steps of 16 to 512, then four steps a doubling, to 8 KiB.
//
// Blocks lie one behind the other from the beginning of a span, so a power of two that divides their size divides their addresses.
// Every power of two that divides a request also divides the size of its block. So a request for n bytes is aligned to the largest
// power of two that divides n, and whatever needs an alignment asks for a multiple of it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

inline constexpr std::size_t granule = 16;
inline constexpr std::size_t largest_step = 512;
inline constexpr std::size_t largest_block = 8192;
inline constexpr std::size_t small_classes = largest_step / granule + 1;  // class 0, for 0 bytes, has blocks of 16 like class 1

constexpr std::size_t next_block_size(std::size_t size) noexcept {
  if (size < largest_step)
    return size + granule;
  return std::min(largest_block, size + std::bit_floor(size) / 4);
}

constexpr std::size_t count_classes() noexcept {
  std::size_t count = small_classes;
  for (std::size_t size = largest_step; size < largest_block; size = next_block_size(size))
    ++count;
  return count;
}

inline constexpr std::size_t size_classes = count_classes();

inline constexpr auto block_sizes = [] {
  std::array<std::uint32_t, size_classes> sizes{};
  sizes[0] = granule;
  std::size_t size = granule;
  for (std::size_t c = 1; c < size_classes; ++c, size = next_block_size(size))
    sizes[c] = static_cast<std::uint32_t>(size);
  return sizes;
}();

// By number of granules; for those beyond largest_step, below it class and granules are the same number.
inline constexpr auto class_table = [] {
  std::array<std::uint8_t, largest_block / granule + 1> table{};
  std::size_t c = 1;
  for (std::size_t granules = 0; granules < table.size(); ++granules) {
    while (block_sizes[c] < granules * granule)
      ++c;
    table[granules] = static_cast<std::uint8_t>(c);
  }
  return table;
}();

// What is larger has no blocks of its own here: one more class, which is always empty and always full.
inline constexpr std::size_t large_class = size_classes;

constexpr std::size_t class_of(std::size_t bytes) noexcept {
  const std::size_t granules = (bytes + granule - 1) / granule;
  return bytes <= largest_step ? granules : bytes <= largest_block ? class_table[granules] : large_class;
}

// Blocks in a full magazine: 64, fewer of the large ones.
constexpr std::uint32_t magazine_capacity(std::size_t size_class) noexcept {
  return std::clamp<std::uint32_t>(16384 / block_sizes[size_class], 4, 64);
}

// The largest power of two that divides the size: what a block for it is aligned to, at least.
constexpr std::size_t alignment_of(std::size_t bytes) noexcept { return bytes & (~bytes + 1); }

// So many bytes that their block is aligned to `align`, a power of two.
constexpr std::size_t aligned_size(std::size_t bytes, std::size_t align) noexcept { return (bytes + align - 1) & (~align + 1); }

static_assert([] {
  for (std::size_t bytes = granule; bytes <= largest_block; bytes += granule)
    if (block_sizes[class_of(bytes)] % alignment_of(bytes) != 0)
      return false;
  return true;
}());
static_assert(class_of(0) == 0 && class_of(1) == 1 && class_of(16) == 1 && class_of(17) == 2 && class_of(512) == 32);
static_assert(block_sizes[class_of(512)] == 512 && class_of(513) == 33 && class_of(largest_block) == size_classes - 1);
static_assert(block_sizes[size_classes - 1] == largest_block && class_of(largest_block + 1) == large_class);

}  // namespace detail
}  // namespace brood
