// A process whose starter waits until it has started: the record of that, kept like a call it has not answered.
#pragma once

#include "process/process_control.hpp"

namespace brood::detail {

// While spawning: `starter` waits for the answer with this number.
void expect_start(process_control& p, pid starter, std::uint64_t number);

// It has started: tells its starter, once.
void announce_start(process_control& p) noexcept;

// It will not start: what it receives while it tidies up is no sign of a start.
void give_up_start(process_control& p) noexcept;

// It dies before it has started: its starter hears so by the answer alone, neither through the link nor through the monitor.
void fail_start(process_control& p) noexcept;

}  // namespace brood::detail
