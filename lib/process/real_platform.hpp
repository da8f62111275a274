// The platform of a real run: the system's clock and chance, io_uring or epoll.
#pragma once

#include "sched/platform.hpp"

namespace brood::detail {

class real_platform final : public platform {
 public:
  static real_platform& instance() noexcept;

  std::int64_t now() noexcept override;
  std::uint64_t random() noexcept override;
  driver_kind choose_driver(driver_kind kind, std::string* why_not_uring) override;
  std::unique_ptr<driver> make_driver(driver_kind chosen) override;
};

}  // namespace brood::detail
