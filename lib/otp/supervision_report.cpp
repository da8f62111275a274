#include "otp/supervision_report.hpp"

#include "process/reporting.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

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
  return seconds_text(limit.count());
}

// A report must not end anything. `kind` and the reason tell causes apart: a supervisor may have a thousand children that all end
// for the same one.
template <class Sentence>
void report(std::string_view kind, const child_spec& child, const exit_reason& why, Sentence sentence) noexcept {
  try {
    std::string reason = excerpt(text_of(why));
    const std::string text = sentence(reason);
    report_event("Supervisor", why, text, fmt::format("{}\n{}\n{}\n", kind, child_spec_access::id(child), reason));
  } catch (...) {}
}

std::string_view kind_of(consequence then) noexcept {
  switch (then) {
    case consequence::restarted:
      return "restarted";
    case consequence::gives_up:
      return "gives up";
    case consequence::left:
      break;
  }
  return "left";
}

}  // namespace

void report_end(const child_spec& child, pid process, const exit_reason& why, consequence then, std::size_t restarts,
                const supervisor_options& options) noexcept {
  report(kind_of(then), child, why, [&](const std::string& reason) {
    const std::string text = child_text(child, process) + (process ? " ended: " + reason : " does not start");
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
  report("failed to start", child, why, [&](const std::string& reason) {
    return child_text(child, {}) + " failed to start: " + reason +
           (tries_again ? "\n    tries again" : "\n    gives up: stops what was started");
  });
}

void report_late_child(const child_spec& child, pid process) noexcept {
  report("late", child, reason::kill, [&](const std::string&) {
    return child_text(child, process) + " has not ended within " + time_text(child_spec_access::terms(child).limit) + ": killed";
  });
}

}  // namespace brood::detail
