#include "io/driver.hpp"

#include "io/epoll.hpp"
#include "io/uring.hpp"

#include <stdexcept>
#include <utility>

namespace brood::detail {

std::unique_ptr<driver> make_driver(driver_kind kind, std::string* why_not) {
  std::string refusal;
  if (kind != driver_kind::epoll)
    refusal = why_not_uring();
  if (kind == driver_kind::uring && !refusal.empty())
    throw std::runtime_error("brood: " + refusal);
  const bool uring = kind != driver_kind::epoll && refusal.empty();
  if (why_not != nullptr)
    *why_not = std::move(refusal);
  if (uring)
    return std::make_unique<uring_driver>();
  return std::make_unique<epoll_driver>();
}

}  // namespace brood::detail
