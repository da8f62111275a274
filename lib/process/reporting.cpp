#include "process/reporting.hpp"

#include "process/inspection.hpp"
#include "process/names.hpp"
#include "process/relations.hpp"

#include <brood/exit_reason.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <mutex>
#include <utility>

namespace brood {

namespace detail {
namespace {

struct sink_holder {
  std::mutex lock;  // one report at a time
  report_sink sink;
  static sink_holder& instance() {
    static auto* holder = new sink_holder;
    return *holder;
  }
};

void print_to_stderr(const crash_report& r) {
  std::fputs(r.text.c_str(), stderr);
  std::fflush(stderr);
}

std::string time_of_day(std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count() % 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}.{:03}", local.tm_hour, local.tm_min, local.tm_sec, ms);
}

std::string text_of(const crash_report& r) {
  std::string text = fmt::format("{} [error] Process {}", time_of_day(r.when), to_string(r.who));
  if (!r.name.empty())
    text += fmt::format(" ({})", r.name);
  if (!r.label.empty())
    text += fmt::format(" [{}]", r.label);
  text += fmt::format(" raised an exception\n{}\n", to_string(r.why));
  if (r.waited_at)
    text += fmt::format("    last waited at {}:{}\n", r.waited_at->file, r.waited_at->line);
  text += fmt::format("    spawned at {}\n", r.spawned_at);
  return text;
}

void file_report(const crash_report& r) noexcept {
  auto& holder = sink_holder::instance();
  try {
    std::lock_guard guard(holder.lock);
    if (holder.sink)
      holder.sink(r);
    else
      print_to_stderr(r);
  } catch (...) {  // a report must not end anything
  }
}

}  // namespace

pending_report::pending_report(process_control& p) {
  report_.who = p.self();
  report_.why = p.why;
  report_.name = name_of(p.self());
  if (p.extra)
    report_.label = p.extra->label;
  report_.spawned_at = spawn_place(p);
  report_.waited_at = waiting_place(p);
  report_.mailbox_length = p.queue.count();
  report_.when = std::chrono::system_clock::now();
}

void pending_report::file() noexcept {
  try {
    report_.text = text_of(report_);
  } catch (...) {}
  file_report(report_);
}

void report_overflow(process_control& p, const envelope& newest) noexcept {
  try {
    crash_report r;
    r.who = p.self();
    r.why = reason::overload;
    r.name = name_of(p.self());
    r.label = p.extra->label;
    r.spawned_at = spawn_place(p);
    r.waited_at = waiting_place(p);
    r.mailbox_length = p.queue.count();
    r.when = std::chrono::system_clock::now();
    r.text = fmt::format("{} [warning] Process {} has {} unread messages, its limit; the newest is a {}\n    spawned at {}\n",
                         time_of_day(r.when), to_string(r.who), r.mailbox_length, demangle(*newest.type->type), r.spawned_at);
    file_report(r);
  } catch (...) {}
}

}  // namespace detail

report_sink set_report_sink(report_sink sink) {
  auto& holder = detail::sink_holder::instance();
  std::lock_guard guard(holder.lock);
  return std::exchange(holder.sink, std::move(sink));
}

}  // namespace brood
