#include "otp/supervision_report.hpp"

#include "process/reporting.hpp"

#include <fmt/format.h>

#include <string>

namespace brood::detail {

namespace {

std::string child_text(const child_spec& child, pid process) {
  const std::string& id = child_spec_access::id(child);
  std::string text = id.empty() ? "a child" : "child " + id;
  if (process)
    text += ", " + to_string(process) + ",";
  return text;
}

std::string time_text(time_limit limit) {
  if (limit.infinite())
    return "its whole life";
  const auto ns = limit.count();
  if (ns % 1'000'000'000 == 0)
    return fmt::format("{} s", ns / 1'000'000'000);
  return fmt::format("{} ms", static_cast<double>(ns) / 1e6);
}

// A report must not end anything.
template <class Sentence>
void report(const exit_reason& why, Sentence sentence) noexcept {
  try {
    report_event("Supervisor", why, sentence());
  } catch (...) {}
}

}  // namespace

void report_end(const child_spec& child, pid process, const exit_reason& why, consequence then, std::size_t restarts,
                const supervisor_options& options) noexcept {
  report(why, [&] {
    std::string text = child_text(child, process) + (process ? " ended: " + excerpt(to_string(why)) : " does not start");
    switch (then) {
      case consequence::restarted:
        return text + fmt::format("\n    restarted: {} of {} in {}", restarts, options.restarts, time_text(options.within));
      case consequence::gives_up:
        return text + fmt::format("\n    gives up: more than {} restarts in {}", options.restarts, time_text(options.within));
      case consequence::left:
        break;
    }
    return text + "\n    not restarted";
  });
}

void report_failed_start(const child_spec& child, const exit_reason& why, bool tries_again) noexcept {
  report(why, [&] {
    return child_text(child, {}) + " failed to start: " + excerpt(to_string(why)) +
           (tries_again ? "\n    tries again" : "\n    gives up: stops what was started");
  });
}

void report_late_child(const child_spec& child, pid process) noexcept {
  report(reason::kill, [&] {
    return child_text(child, process) + " has not ended within " + time_text(child_spec_access::terms(child).limit) + ": killed";
  });
}

}  // namespace brood::detail
