// The way of a report to its sink: a bounded queue, and a thread of its own that empties it.
//
// A scheduler only puts a report into the queue. So a sink that is slow, that blocks or that calls the library stops nobody, and
// neither does a standard error that is full, closed or read by nobody. Under simulation there is no thread: the sink is called at
// once by the thread that simulates, and what would go to standard error is kept for the case that the run fails.
#pragma once

#include <brood/report.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace brood::detail {

// How many reports wait in the queue at most. Those beyond are counted, and the next report says how many they were.
inline constexpr std::size_t most_waiting_reports = 1024;

// False: a report would find no room now. It counts as lost, so its text need not be made.
bool report_has_room() noexcept;

void file_report(crash_report report) noexcept;

// The same for one of many that come from the same cause at once: of those within a second the first is handed on at once, then
// one report that says how many there were. `cause` tells one from another.
void file_repeatable_report(crash_report report, std::string cause) noexcept;

// Writes text to standard error, whatever the sink is. Never waits, never ends the program.
void say(std::string text) noexcept;

// Waits until all that was filed or said before has been handed over. False: not by then, or this is the sink's own thread.
bool flush_reports_until(std::chrono::steady_clock::time_point deadline) noexcept;
// At the end of a runtime: for at most its grace, and never for ever.
void flush_reports_within(time_limit grace) noexcept;

// What a simulated run without a sink reported, the last reports only; and how a run begins, with nothing reported.
std::string kept_reports();
void forget_kept_reports() noexcept;

}  // namespace brood::detail
