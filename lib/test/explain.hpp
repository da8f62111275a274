// What is printed when a simulation fails: the seed, the command that replays it, and the shortest story that ends the same way.
#pragma once

#include <brood/simulate.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace brood::detail {

struct failed_run {
  simulate_options options;
  std::size_t target = 1;                             // which simulation of the body it was
  const std::vector<std::uint32_t>* taken = nullptr;  // its decisions, if the seed does not tell them
  std::uint64_t schedule = 0;                         // of exhaustive
};

// While the exception is being handled. `body`: null if it can't be run again.
void explain(const failed_run& failed, const std::function<void()>& body) noexcept;

}  // namespace brood::detail
