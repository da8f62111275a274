// Programs that can't start, and starts that never end.
#include "fault.hpp"

#include <sched.h>
#include <sys/resource.h>

#include <optional>

namespace {

// What run throws, if it does; it takes at most two seconds to say so.
std::optional<std::string> failure_of(run_options options) {
  const auto begin = std::chrono::steady_clock::now();
  std::optional<std::string> failure;
  try {
    must(run(options, [] {}) == 0, "what starts ends well");
  } catch (const std::exception& e) {
    failure = e.what();
    must(!failure->empty(), "the exception has a text");
  }
  must(fault::milliseconds_since(begin) < 2000, "a failure to start is said at once");
  return failure;
}

process ticker() {
  while (true)
    co_await sleep(100ms);
}

}  // namespace

// A stack size that the system refuses ended the program by std::terminate, after eleven times the grace. Must: an exception, at once;
// and the next start works.
FAULT(start_with_an_impossible_stack_terminates) {
  must(failure_of({.stack_size = 1000}).has_value(), "a stack of 1000 bytes is refused");
  must(!failure_of({}), "the next start works");
  return 0;
}

// With too few descriptors the same. Must: with any number of them run works, or throws at once.
FAULT(start_without_descriptors_terminates) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t before = limit.rlim_cur;
  bool refused = false;
  for (limit.rlim_cur = 3; limit.rlim_cur < 16; ++limit.rlim_cur) {
    setrlimit(RLIMIT_NOFILE, &limit);
    refused |= failure_of({}).has_value();
  }
  must(refused, "a runtime needs descriptors");
  limit.rlim_cur = before;
  setrlimit(RLIMIT_NOFILE, &limit);
  must(!failure_of({}), "with descriptors it starts again");
  return 0;
}

// A child that loops with sleep never counts as started; its supervisor waited for it without a word. Must: after five seconds a report
// says who waits for whom, where, and what helps.
// Says: ticker
// Says: starting\.cpp
// Says: init_ack|starts_at_once|at_once
// Output:
// :timeout
FAULT(start_that_never_ends_is_silent) {
  return run([]() -> process {
    auto started =
        co_await start_link({.timeout = 5500ms}, []() -> process { co_await supervise(one_for_one, child("ticker", ticker)); });
    say(started ? "started" : to_string(started.why()));
  });
}

// Must: such a child has a way to say that it has started when it is spawned.
// Output:
// started
FAULT(start_of_a_child_that_loops) {
  return run([]() -> process {
    auto started = co_await start_link(
        {.timeout = 4s}, []() -> process { co_await supervise(one_for_one, child("ticker", ticker).starts_at_once()); });
    say(started ? "started" : to_string(started.why()));
  });
}

// As many schedulers were made as the machine has cores, though the program was confined to one of them. Must: as many as it may use.
// Output:
// 1
FAULT(schedulers_beyond_the_affinity) {
  cpu_set_t mine;
  CPU_ZERO(&mine);
  CPU_SET(static_cast<unsigned>(sched_getcpu()), &mine);
  must(sched_setaffinity(0, sizeof mine, &mine) == 0, "the program is confined to one core");
  return run([] { say(std::to_string(inspect_runtime().schedulers)); });
}
