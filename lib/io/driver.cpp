#include "io/driver.hpp"

#include "io/epoll.hpp"
#include "io/uring.hpp"

#include <stdexcept>
#include <utility>

namespace brood::detail {

driver_kind choose_driver(driver_kind kind, std::string* why_not) {
  std::string refusal;
  if (kind != driver_kind::epoll)
    refusal = why_not_uring();
  if (kind == driver_kind::uring && !refusal.empty())
    throw std::runtime_error("brood: " + refusal);
  const bool uring = kind != driver_kind::epoll && refusal.empty();
  if (why_not != nullptr)
    *why_not = std::move(refusal);
  return uring ? driver_kind::uring : driver_kind::epoll;
}

std::unique_ptr<driver> make_chosen_driver(driver_kind chosen) {
  if (chosen == driver_kind::uring)
    return std::make_unique<uring_driver>();
  return std::make_unique<epoll_driver>();
}

std::unique_ptr<driver> make_driver(driver_kind kind, std::string* why_not) {
  return make_chosen_driver(choose_driver(kind, why_not));
}

}  // namespace brood::detail
