#include <brood/time.hpp>

#include <stdexcept>

namespace brood::detail {

void refuse_nan() {
  throw std::invalid_argument("brood: a time that is not a number: look for a 0.0 / 0.0 before it became a duration");
}

}  // namespace brood::detail
