// What two threads must not share when both write. A constant, not std::hardware_destructive_interference_size, which may differ
// between the compilations of one program.
#pragma once

#include <cstddef>

namespace brood::detail {

inline constexpr std::size_t cache_line = 64;

}  // namespace brood::detail
