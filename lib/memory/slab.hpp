// Which allocator this build has, and the tests' handle on it.
#pragma once

#include <atomic>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BROOD_BYPASS_SLABS 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define BROOD_BYPASS_SLABS 1
#endif

namespace brood::detail {

#ifdef BROOD_BYPASS_SLABS
inline constexpr bool slabs_bypassed = true;
#else
inline constexpr bool slabs_bypassed = false;
#endif

// n > 0: the n-th request from now on that leaves its thread's cache throws std::bad_alloc (under AddressSanitizer: the n-th
// request). 0: none. Costs nothing where the cache has a block.
extern std::atomic<long> fail_allocation_in;

// The simulator's: from now on each allocation of this thread asks; true: std::bad_alloc. Null: no longer. On one thread at a time.
void watch_allocations(bool (*should_fail)()) noexcept;

}  // namespace brood::detail
