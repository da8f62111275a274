// For what ends soon, and tells nobody.
#pragma once

#include "spec.hpp"

namespace spec {

// Returns when holds(), looking every millisecond, or after 10 seconds: the test then says what is missing.
template <class Condition>
task<> eventually(Condition holds) {
  for (int i = 0; i < 10'000 && !holds(); ++i)
    co_await sleep(1ms);
}

}  // namespace spec
