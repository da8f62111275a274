// How many schedulers a runtime has that asks for `wanted`: the environment wins.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace spec {

inline std::size_t schedulers_of(std::size_t wanted) {
  const char* const forced = std::getenv("BROOD_SCHEDULERS");
  return forced ? std::strtoul(forced, nullptr, 10) : wanted;
}

}  // namespace spec
