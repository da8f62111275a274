// What the stress tests share: sizes. Smoke runs in about a second, with every test run; BROOD_STRESS=full on a machine of one's own.
#pragma once

#include "../spec/spec.hpp"

#include <cstdlib>
#include <string_view>

namespace stress {

inline bool full() {
  const char* wanted = std::getenv("BROOD_STRESS");
  return wanted && std::string_view(wanted) == "full";
}

inline int sized(int full_size, int smoke) { return full() ? full_size : spec::sized(smoke, smoke / 10); }

}  // namespace stress
