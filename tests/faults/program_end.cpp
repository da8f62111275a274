// How a program ends: exit, signals, forks, closed descriptors.
#include "fault.hpp"

#include "../forked_child.hpp"

#include <fcntl.h>

#include <csignal>

namespace {

process many_then_exit() {
  for (int i = 0; i < 20; ++i)
    spawn([]() -> process {
      while (true)
        co_await sleep(1ms);
    });
  co_await sleep(20ms);
  std::exit(3);
}

process saves_for(std::chrono::milliseconds time) {
  trap_exits();
  init_ack();
  co_await receive<exited>();
  co_await sleep(time);
  say("saved");
}

// A supervisor of one child that needs longer than the grace, and was promised that it gets it.
process with_a_slow_child() {
  (void)co_await start_link([]() -> process { co_await supervise(one_for_one, child("slow", saves_for, 700ms).shutdown(10s)); });
}

}  // namespace

// std::exit in a process. Must: the program ends with that status, however its runtime was made. Under run it always did.
// Exit: 3
FAULT(exit_in_a_process) { return run({.grace = 100ms}, many_then_exit); }

// Under a runtime on main's stack it ended in an abort after ten times the grace.
// Exit: 3
FAULT(exit_in_a_process_beside_main) {
  runtime rt({.grace = 100ms});
  rt.spawn(many_then_exit);
  std::this_thread::sleep_for(20s);
  return 0;
}

// The same under a static runtime, whose destructor exit itself runs.
// Exit: 3
FAULT(exit_in_a_process_of_a_static_runtime) {
  static runtime rt({.grace = 100ms});
  rt.spawn(many_then_exit);
  std::this_thread::sleep_for(20s);
  return 0;
}

// And where main calls exit. This always worked.
// Exit: 4
FAULT(exit_in_main_beside_processes) {
  static runtime rt({.grace = 100ms});
  rt.spawn(fault::idle);
  std::this_thread::sleep_for(20ms);
  std::exit(4);
}

// A forked child that called exit aborted after ten times the grace: it has the runtime's memory, and none of its threads. Must: at once.
FAULT(exit_in_a_forked_child) {
  static runtime rt({.grace = 500ms});
  rt.spawn(fault::idle);
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    is_forked_child = true;
    std::exit(5);
  }
  int status = 0;
  waitpid(child, &status, 0);
  must(fault::milliseconds_since(begin) < 3000, "the child ends at once");
  must(WIFEXITED(status) && WEXITSTATUS(status) == 5, "with the status it asked for");
  return 0;
}

// A blocking function that does not return kept run from returning, for ever and without a word. Must: run says who asked, and where, and
// leaves it behind after ten times the grace.
// Says: blocking
// Says: program_end\.cpp:[0-9]+
// Sanitizers: no, a thread is left behind
FAULT(blocking_function_holds_the_end) {
  const auto begin = std::chrono::steady_clock::now();
  const int status = run({.grace = 100ms}, []() -> process {
    spawn([]() -> process { co_await blocking([] { std::this_thread::sleep_for(15s); }); });
    co_await sleep(20ms);
  });
  must(fault::milliseconds_since(begin) < 5000, "run returns after about a second");
  std::fflush(stdout);
  std::fflush(stderr);
  if (fault::failed)
    std::_Exit(1);
  return status;
}

// The runtime's grace cut short what a child had been promised by .shutdown(). Must: the children of a supervisor have their own times.
// Output:
// saved
FAULT(grace_cuts_a_childs_shutdown_short) { return run({.grace = 100ms}, with_a_slow_child); }

// A program that SIGTERM had stopped in an orderly way ended with 1, and the grace cut its children short. Must: 0.
// Exit: 0
// Output:
// saved
FAULT(sigterm_ends_with_failure) {
  return run({.grace = 100ms}, []() -> process {
    spawn_link(with_a_slow_child);
    co_await sleep(50ms);
    ::kill(getpid(), SIGTERM);
    co_await sleep(infinity);
  });
}

// The same with SIGINT.
// Exit: 0
FAULT(sigint_ends_with_failure) {
  return run({.grace = 100ms}, []() -> process {
    ::kill(getpid(), SIGINT);
    co_await sleep(infinity);
  });
}

// SIGINT that the parent had told to be ignored (nohup, a shell's background job) ended the program. Must: it stays ignored.
// Output:
// not ended
FAULT(ignored_sigint_ends_the_program) {
  std::signal(SIGINT, SIG_IGN);
  return run([]() -> process {
    ::kill(getpid(), SIGINT);
    co_await sleep(200ms);
    say("not ended");
  });
}

// With standard input, output and error closed, descriptors of the runtime's became 0, 1 and 2, and what the program printed went into
// them. Must: they stay above.
FAULT(runtime_takes_the_standard_descriptors) {
  const int output = fcntl(1, F_DUPFD_CLOEXEC, 20);
  for (const int standard : {0, 1, 2})
    close(standard);
  bool taken[3] = {};
  const int status = run([&]() -> process {
    co_await sleep(10ms);
    co_await blocking([] {});
    for (const int standard : {0, 1, 2})
      taken[standard] = fcntl(standard, F_GETFD) != -1;
  });
  dup2(output, 1);
  for (const int standard : {0, 1, 2})
    must(!taken[standard], "descriptor " + std::to_string(standard) + " stays closed");
  return status;
}
