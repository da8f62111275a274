// Catch2, whichever Debian has: version 2 (bookworm) or 3 (trixie). Tests include this and write version 3's names.
//
// Version 2's assertions are not thread-safe: assert in the test's own thread, or in one process at a time.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_all.hpp>

#else

#include <catch2/catch.hpp>

#include <string>

namespace Catch::Matchers {

inline auto ContainsSubstring(const std::string& part) { return Contains(part); }

}  // namespace Catch::Matchers

#endif
