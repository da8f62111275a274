// Crash reports.
#pragma once

#include "process/process_control.hpp"

#include <brood/detail/envelope.hpp>
#include <brood/exit_reason.hpp>
#include <brood/inspect.hpp>
#include <brood/report.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brood::detail {

// What a report needs of the frames, noted before they are destroyed; filed after.
class pending_report {
 public:
  explicit pending_report(process_control& p);
  void file() noexcept;

 private:
  crash_report report_;
  bool serves_;
};

// An event in the running process that is worth a report, such as "Supervisor #PID<0.3.0>: child a ended"; `title` is the first
// word. It goes where crashes go. Those that this process reports with the same `cause` within a second are drawn together.
void report_event(std::string_view title, const exit_reason& why, const std::string& sentence, std::string cause);

// "5 s", "12.5 ms"
std::string seconds_text(std::int64_t ns);

struct late_process {
  pid who;
  std::optional<process_info> info;  // empty: it did not say
};
// A child has not started for so long. `row`: the child, whom it waits for, and so on.
void report_slow_start(pid starter, pid child, std::string_view id, std::int64_t waited, const std::vector<late_process>& row);

// A mailbox with overflow::report went over its limit: once a process.
void report_overflow(process_control& p, const envelope& newest) noexcept;

// A server got a message that no handler takes: once a type.
void report_unhandled_message(process_control& p, const envelope& e) noexcept;

// For a report, which has one screen: the beginning of a text that is too long for it, and how long it is.
std::string excerpt(std::string text);

// A message as flush prints it. Throws what a user's `describe` throws.
std::string text_of(const envelope& e);
// The same, but then its type alone.
std::string text_or_type(const envelope& e);
// A reason as it prints; or a word about its `describe`, if that throws.
std::string text_of(const exit_reason& why);
// A mailbox reached run_options::high_water.
void report_high_water(process_control& p) noexcept;

}  // namespace brood::detail
