#include "process/reporting.hpp"

#include "process/await_stack.hpp"
#include "process/core.hpp"
#include "process/inspection.hpp"
#include "process/names.hpp"
#include "process/relations.hpp"
#include "process/report_writer.hpp"
#include "process/supervises.hpp"
#include "sched/platform.hpp"

#include <brood/exit_reason.hpp>

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <utility>
#include <vector>

namespace brood::detail {
namespace {

std::string time_of_day(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count() % 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format(FMT_COMPILE("{:02}:{:02}:{:02}.{:03}"), local.tm_hour, local.tm_min, local.tm_sec, ms);
}

std::string heading(const crash_report& r, std::string_view level, std::string_view title = "Process") {
  std::string text = fmt::format(FMT_COMPILE("{} [{}] {} {}"), time_of_day(r.when), level, title, to_string(r.who));
  if (!r.name.empty())
    text += " (" + r.name + ')';
  if (!r.label.empty())
    text += " [" + r.label + ']';
  return text;
}

// The awaits it was in, one a line; of many the innermost ones, and the outermost.
std::string lines_of(const std::vector<waiting_at>& stack) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < stack.size(); ++i) {
    if (stack.size() > most && i == most - 1) {
      text += fmt::format("          … {} others\n", stack.size() - most);
      i = stack.size() - 1;
    }
    text += fmt::format(FMT_COMPILE("    {} {}:{} in {}\n"), i == 0 ? "awaited at" : "      then", stack[i].file, stack[i].line,
                        short_function_name(stack[i].function));
  }
  return text;
}

std::string crash_text(const crash_report& r, bool serves) {
  std::string text = heading(r, "error");
  text += r.why.is_error() ? " raised an exception\n" : " ended abnormally\n";
  text += excerpt(text_of(r.why)) + '\n';
  if (!r.last_message.empty())
    text += "    last message: " + excerpt(r.last_message) + '\n';
  if (serves)
    text += fmt::format(FMT_COMPILE("    unread messages: {}\n"), r.mailbox_length);
  text += lines_of(r.stack);
  text += "    spawned at " + r.spawned_at + '\n';
  return text;
}

// Under simulation what was printed must not differ from run to run.
std::chrono::system_clock::time_point time_now() {
  using std::chrono::system_clock;
  if (simulating())
    return system_clock::time_point(std::chrono::duration_cast<system_clock::duration>(process_clock::now().time_since_epoch()));
  return system_clock::now();
}

// What every report says of the process.
crash_report report_of(process_control& p, exit_reason why) {
  crash_report r;
  r.who = p.self();
  r.why = std::move(why);
  r.name = name_of(p.self());
  if (p.extra)
    r.label = p.extra->label;
  r.spawned_at = spawn_place(p);
  r.waited_at = waiting_place(p);
  r.stack = await_stack(p);
  r.mailbox_length = p.queue.count();
  r.when = time_now();
  return r;
}

}  // namespace

std::string text_of(const exit_reason& why) {
  try {
    return to_string(why);
  } catch (...) {
    return "a reason whose describe() throws";
  }
}

std::string excerpt(std::string text) {
  constexpr std::size_t most_bytes = 480, most_lines = 6;  // two of them, and the rest of a report, fill a screen of 24 lines
  std::size_t end = std::min(text.size(), most_bytes), lines = 0;
  for (std::size_t i = 0; i < end; ++i)
    if (text[i] == '\n' && ++lines == most_lines)
      end = i;
  if (end == text.size())
    return text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)  // not in the middle of a character
    --end;
  const std::size_t whole = text.size();
  text.resize(end);
  return text + fmt::format("… ({} bytes)", whole);
}

pending_report::pending_report(process_control& p) : report_(report_of(p, p.why)), serves_(p.serves) {
  if (p.serves && p.extra)
    report_.last_message = std::move(p.extra->last_message);
}

void pending_report::file() noexcept {
  if (!report_has_room())
    return;
  try {
    report_.text = crash_text(report_, serves_);
  } catch (...) {}
  file_report(std::move(report_));
}

void report_high_water(process_control& p) noexcept {
  try {
    crash_report r = report_of(p, reason::overload);
    r.text = heading(r, "warning");
    r.text +=
        fmt::format(" has {} unread messages; the oldest is a {}\n", r.mailbox_length, demangle(*(*p.queue.first())->type->type));
    if (p.wait && r.waited_at) {
      r.text += fmt::format("    waits at {}:{} for", r.waited_at->file, r.waited_at->line);
      for (const std::string& type : r.waited_at->types)
        r.text += " " + type;
      r.text += r.waited_at->types.empty() ? " time or an answer\n" : "\n";
    }
    r.text += fmt::format("    spawned at {}\n", r.spawned_at);
    file_report(std::move(r));
  } catch (...) {}
}

void report_event(std::string_view title, const exit_reason& why, const std::string& sentence, std::string cause) {
  crash_report r = report_of(require_process("report_event"), why);
  r.text = heading(r, "error", title) + ": " + sentence + '\n';
  cause += to_string(r.who);
  file_repeatable_report(std::move(r), std::move(cause));
}

std::string seconds_text(std::int64_t ns) {
  if (ns % 1'000'000'000 == 0)
    return fmt::format("{} s", ns / 1'000'000'000);
  return fmt::format("{} ms", static_cast<double>(ns) / 1e6);
}

void report_slow_start(pid starter, pid child, std::string_view id, std::int64_t waited, const std::vector<late_process>& row) {
  crash_report r{};
  r.who = starter;
  r.why = reason::timeout;
  r.name = name_of(starter);
  r.when = time_now();
  r.text = fmt::format("{} has waited for {} for {}{}{}{} to start\n",
                       heading(r, "warning", supervises(starter) ? "Supervisor" : "Process"), seconds_text(waited),
                       id.empty() ? "" : "its child ", id, id.empty() ? "" : ", ", to_string(child));
  for (const auto& [who, info] : row)
    r.text += info ? fmt::format("    {} is {}, {}\n", to_string(who), info->function, text_of_wait(*info))
                   : fmt::format("    {} does not suspend: it computes, or blocks its scheduler\n", to_string(who));
  r.text +=
      "    a process has started when it calls init_ack(), reaches serve or supervise, or waits in receive itself; sleep, call "
      "and\n"
      "    blocking do not count. One that never does any of these: child(…).starts_at_once(), start_options::at_once, or "
      "init_ack()\n";
  file_report(std::move(r));
}

void report_overflow(process_control& p, const envelope& newest) noexcept {
  try {
    crash_report r = report_of(p, reason::overload);
    r.text = fmt::format("{} has {} unread messages, its limit; the newest is a {}\n    spawned at {}\n", heading(r, "warning"),
                         r.mailbox_length, demangle(*newest.type->type), r.spawned_at);
    file_report(std::move(r));
  } catch (...) {}
}

void report_unhandled_message(process_control& p, const envelope& e) noexcept {
  try {
    crash_report r = report_of(p, reason::normal);
    r.last_message = text_or_type(e);
    r.text = fmt::format("{} serves no {}: destroyed {}, and will all others unreported\n    spawned at {}\n",
                         heading(r, "warning"), demangle(*e.type->type), excerpt(r.last_message), r.spawned_at);
    file_report(std::move(r));
  } catch (...) {}
}

}  // namespace brood::detail
