// What was injected, and whether it was enough.
#pragma once

#include <brood/simulate.hpp>

#include <string>

namespace brood::detail {

void add(simulation_info& sum, const simulation_info& more) noexcept;

// "3 of 20 kills, 0 of 1 delays": the kinds of which there were fewer. Empty: there were enough of all.
std::string shortfall(const simulation_counts& injected, const simulation_counts& at_least);

}  // namespace brood::detail
