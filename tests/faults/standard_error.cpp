// Reports were written by the scheduler that had them, under a lock.
#include "fault.hpp"

#include <fcntl.h>

namespace {

process crashes() {
  throw std::runtime_error(std::string(400, 'x'));
  co_return;
}

// Far more reports than a pipe has room for, while another process works on.
process crashes_beside_a_ticker() {
  const monitor_ref watch = spawn_monitor([]() -> process {
                              for (int i = 0; i < 20; ++i)
                                co_await sleep(10ms);
                            }).monitor;
  for (int i = 0; i < 2000; ++i)
    spawn(crashes);
  const auto end = co_await receive<down>(watch, within(10s));
  say(end && end->why == reason::normal ? "the others work on" : "the others stand still");
}

}  // namespace

// A pipe that nobody reads, once full, stopped the whole program. Must: it goes on, and ends.
// Output:
// the others work on
FAULT(stderr_full_pipe_stops_the_program) {
  int ends[2];
  must(pipe(ends) == 0, "a pipe");
  dup2(ends[1], 2);
  return run({.grace = 100ms}, crashes_beside_a_ticker);
}

// A pipe whose reader is gone killed the program, by SIGPIPE. Must: it goes on.
// Output:
// the others work on
FAULT(stderr_closed_pipe_kills_the_program) {
  int ends[2];
  must(pipe(ends) == 0, "a pipe");
  dup2(ends[1], 2);
  close(ends[0]);
  return run({.grace = 100ms}, crashes_beside_a_ticker);
}

// A full disk ended it with an exception, when run itself had something to say. Must: it goes on.
// Output:
// the others work on
// and run returns 1
FAULT(stderr_full_disk_ends_the_program) {
  const int full = open("/dev/full", O_WRONLY);
  must(full >= 0, "/dev/full");
  dup2(full, 2);
  const int status = run({.grace = 100ms}, []() -> process {
    co_await receive<down>(spawn_monitor(crashes_beside_a_ticker).monitor);
    exit(reason::shutdown);
  });
  say("and run returns " + std::to_string(status));
  return 0;
}

// A sink that set another sink waited for itself for ever. Must: it works.
// Output:
// 1
FAULT(sink_that_sets_a_sink_hangs) {
  static std::atomic<int> called{0};
  set_report_sink([](const crash_report&) {
    ++called;
    set_report_sink({});
  });
  const int status = run([]() -> process {
    co_await receive<down>(spawn_monitor(crashes).monitor);
    for (int i = 0; i < 1000 && called == 0; ++i)
      co_await sleep(1ms);
    set_report_sink([](const crash_report&) {});
  });
  say(std::to_string(called));
  return status;
}
