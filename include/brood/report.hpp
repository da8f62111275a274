// Crash reports: one for each process that ends with an error (an exception nobody caught). None for exit, kill and normal; a server
// (serve) also reports when it ends itself with a reason that is neither normal nor a shutdown.
//
//     set_report_sink([](const crash_report& r) { std::cerr << r.text; });
#pragma once

#include <brood/exit_reason.hpp>
#include <brood/inspect.hpp>
#include <brood/pid.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace brood {

struct crash_report {
  pid who;
  std::string label, name;
  exit_reason why;
  std::string text;  // as the default sink prints it
  std::string spawned_at;  // file:line, or the callable's name
  std::optional<waiting_at> waited_at;
  std::size_t mailbox_length;  // unread messages when it ended
  std::chrono::system_clock::time_point when;
  std::string last_message;  // of a server: what its handler had when it failed
};

using report_sink = std::function<void(const crash_report&)>;

// Replaces where reports go; returns the old sink. An empty one restores the default: standard error. The sink is called on the
// scheduler of the dying process, one report at a time; what it throws is dropped. Any thread.
report_sink set_report_sink(report_sink sink);

}  // namespace brood
