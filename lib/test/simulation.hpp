// One run of a program under one schedule.
#pragma once

#include "test/strategy.hpp"
#include "test/trace.hpp"

#include <brood/simulate.hpp>

namespace brood::detail {

// Throws what f threw, or simulation_failed. Adds to `info`, also when it throws.
void run_simulation(const simulate_options& options, strategy& s, const first_spawn& first, simulation_info& info, trace* told);

}  // namespace brood::detail
