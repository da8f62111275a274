// Work that a process puts off until its turn ends: what it writes in a turn leaves in one.
#pragma once

#include "process/process_control.hpp"

#include <memory>

namespace brood::detail {

class turn_end_work {
 public:
  virtual ~turn_end_work() = default;
  // Before the process waits, yields or is dead; on its scheduler.
  virtual void turn_ended() noexcept = 0;
};

// By the running process, at most once a turn for each work.
void at_turn_end(process_control& p, std::shared_ptr<turn_end_work> work);
// By its scheduler.
void run_turn_end_work(process_control& p) noexcept;

}  // namespace brood::detail
