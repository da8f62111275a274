// Where frames, process blocks and messages live: per-thread magazines of fixed-size blocks, 2 to 3 ns a call.
//
// Any thread may allocate, any other may deallocate. Up to 8 KiB comes from slabs that are recycled and never given back to the
// system; more goes to operator new, and so does everything under AddressSanitizer, whose quarantine then finds a use after free.
#pragma once

#include <cstddef>

namespace brood::detail {

// At least `bytes` bytes (0 is fine), aligned to 16. Throws std::bad_alloc.
[[nodiscard, gnu::malloc, gnu::returns_nonnull, gnu::alloc_size(1), gnu::assume_aligned(16)]] void* allocate(std::size_t bytes);

// Gives back what allocate(bytes) returned, with the same `bytes`. `block` is not null.
void deallocate(void* block, std::size_t bytes) noexcept;

// Bytes handed out and not given back, rounded up to block sizes. Exact when no other thread has used this allocator or those that
// did have ended; what the caches of other running threads hold counts as in use. For tests and inspection: takes locks.
std::size_t memory_in_use() noexcept;

}  // namespace brood::detail
