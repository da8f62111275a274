// The fewest exceptions that still fail: delta debugging (Zeller, Hildebrandt 2002) over the decisions that are not 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace brood::detail {

// `taken`: the decisions of a failing run. `fails`: whether a run with these decisions, 0 beyond them, fails the same way. Stops
// when no exception can be dropped, or when `may_go_on` says so; the result fails in either case.
std::vector<std::uint32_t> shrink(std::vector<std::uint32_t> taken,
                                  const std::function<bool(const std::vector<std::uint32_t>&)>& fails,
                                  const std::function<bool()>& may_go_on);

std::size_t count_exceptions(const std::vector<std::uint32_t>& taken) noexcept;

}  // namespace brood::detail
