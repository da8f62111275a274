// Memory from the system: 64 KiB spans of 2 MiB-aligned chunks that ask for huge pages. Never given back.
#pragma once

#include <cstddef>

namespace brood::detail {

inline constexpr std::size_t span_size = std::size_t{64} << 10;
inline constexpr std::size_t chunk_size = std::size_t{2} << 20;

// Zeroed, aligned to its size. Throws std::bad_alloc. Any thread.
void* new_span();

}  // namespace brood::detail
