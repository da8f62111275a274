// Crash reports.
#pragma once

#include "process/process_control.hpp"

#include <brood/report.hpp>

namespace brood::detail {

// What a report needs of the frames, noted before they are destroyed; filed after.
class pending_report {
 public:
  explicit pending_report(process_control& p);
  void file() noexcept;

 private:
  crash_report report_;
};

// A mailbox with overflow::report went over its limit: once a process.
void report_overflow(process_control& p, const envelope& newest) noexcept;

}  // namespace brood::detail
