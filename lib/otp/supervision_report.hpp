// What supervisors tell the report sink: what they restart, how often, why they gave up. One or two lines each.
#pragma once

#include <brood/child_spec.hpp>
#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>
#include <brood/supervisor_options.hpp>

#include <cstddef>

namespace brood::detail {

// What follows from a child's end.
enum class consequence {
  restarted,      // n of so many
  left,           // not restarted: temporary, or an orderly end
  gives_up,       // one restart too many
};

// Each from the supervisor's process; they never throw.
void report_end(const child_spec& child, pid process, const exit_reason& why, consequence then, std::size_t restarts,
                const supervisor_options& options) noexcept;
void report_failed_start(const child_spec& child, const exit_reason& why, bool tries_again) noexcept;
void report_late_child(const child_spec& child, pid process) noexcept;

}  // namespace brood::detail
