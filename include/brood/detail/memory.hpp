// Where frames, process blocks and messages live: per-thread magazines of fixed-size blocks, 2 to 3 ns a call.
//
// Any thread may allocate, any other may deallocate. Up to 8 KiB comes from slabs that are recycled and never given back to the
// system; more goes to operator new, and so does everything under AddressSanitizer, whose quarantine then finds a use after free.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/size_class.hpp>

#include <cstddef>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// For both: place = class_of(bytes) * magazine_size, where that class begins in a thread's table; a constant where `bytes` is one.
inline constexpr std::size_t magazine_size = 16;
BROOD_API [[nodiscard, gnu::malloc, gnu::returns_nonnull, gnu::alloc_size(1), gnu::assume_aligned(16)]] void* allocate_of_class(
    std::size_t bytes, std::size_t place);
BROOD_API void deallocate_of_class(void* block, std::size_t bytes, std::size_t place) noexcept;
// The same for sizes that the compiler does not know.
BROOD_API [[nodiscard, gnu::malloc, gnu::returns_nonnull, gnu::alloc_size(1), gnu::assume_aligned(16)]] void* allocate_of_any(
    std::size_t bytes);
BROOD_API void deallocate_of_any(void* block, std::size_t bytes) noexcept;

// At least `bytes` bytes (0 is fine), aligned to 16, and to the largest power of two that divides `bytes`: what needs more than 16
// asks for a multiple of it (aligned_size). Throws std::bad_alloc.
[[nodiscard]] inline void* allocate(std::size_t bytes) {
  return __builtin_constant_p(bytes) ? allocate_of_class(bytes, class_of(bytes) * magazine_size) : allocate_of_any(bytes);
}

// Gives back what allocate(bytes) returned, with the same `bytes`. `block` is not null.
inline void deallocate(void* block, std::size_t bytes) noexcept {
  return __builtin_constant_p(bytes) ? deallocate_of_class(block, bytes, class_of(bytes) * magazine_size)
                                     : deallocate_of_any(block, bytes);
}

// Bytes handed out and not given back, rounded up to block sizes. Exact when no other thread has used this allocator or those that
// did have ended; what the caches of other running threads hold counts as in use. For tests and inspection: takes locks.
BROOD_API std::size_t memory_in_use() noexcept;

}  // namespace detail
}  // namespace brood
