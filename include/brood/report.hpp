// Crash reports: one for each process that ends with an error (an exception that was not caught). None for exit, kill and
// normal; a server (serve) also reports when it ends itself with a reason that is neither normal nor a shutdown.
//
//     set_report_sink([](const crash_report& r) { std::cerr << r.text; });
#pragma once

#include <brood/detail/api.hpp>
#include <brood/exit_reason.hpp>
#include <brood/inspect.hpp>
#include <brood/pid.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

struct crash_report {
  pid who;
  std::string label, name;
  exit_reason why;
  std::string text;  // as the default sink prints it
  std::string spawned_at;  // file:line, or the callable's name
  std::optional<waiting_at> waited_at;  // the innermost await of the user's; of `stack`, if there is one
  std::vector<waiting_at> stack;  // the awaits in which the exception was thrown, innermost first; 64 at most
  std::size_t mailbox_length;  // unread messages when it ended
  std::chrono::system_clock::time_point when;
  std::string last_message;  // of a server: what its handler had when it failed
  std::size_t more = 0;  // reports like this one that it stands for: see below
  std::size_t lost = 0;  // reports before this one that found no room in the queue
};

using report_sink = std::function<void(const crash_report&)>;

// Replaces where reports go; returns the old sink. An empty one restores the default: standard error. Any thread.
//
// The sink is called by one thread of the library's own, one report at a time and under no lock: it may take its time, throw (what
// it throws is dropped), send messages, report, and replace itself. Meanwhile 1,024 reports wait in a queue; those that find no
// room are counted, and `lost` of the next one says how many they were. A supervisor's reports of one cause are drawn together:
// the first comes at once, and a second later one comes whose `more` says how many others there were. Under `simulate` the sink is
// called at once, by the thread that simulates; without a sink reports are printed only when the run fails.
//
// When this returns the old sink has got what was reported before, and is not running: it waits for that. Called by the sink
// itself, it does not wait; the old sink is not called again. So hold no lock that the sink takes.
BROOD_API report_sink set_report_sink(report_sink sink);

// Waits until the sink has got, or standard error has, all that was reported before. False: not within the limit, or called by the
// sink itself. The end of a runtime and of the program does this, for at most run_options::grace. Any thread; a process that calls
// it stops its scheduler.
BROOD_API bool flush_reports(time_limit limit = std::chrono::seconds(1));

}  // namespace brood
