// exit() and fork() while a runtime runs: the program ends with its status, at once.
#include "child.hpp"
#include "forked_child.hpp"
#include "spec.hpp"

#include <thread>

namespace {

struct square_of {
  int n = 0;
  using reply = int;
};

constexpr auto soon = std::chrono::seconds(8);  // less than ten times the grace
const run_options patient{.grace = 1s};

process sleeps_often() {
  while (true)
    co_await sleep(1ms);
}

void spawn_some() {
  for (int i = 0; i < 20; ++i)
    spawn(sleeps_often);
}

enum class way { by_exit, by_quick_exit };
[[noreturn]] void end_program(way how) { how == way::by_exit ? std::exit(3) : std::quick_exit(3); }

process exits(way how) {
  spawn_some();
  co_await sleep(5ms);
  end_program(how);
}
process exits_in_blocking(way how) {
  spawn_some();
  co_await blocking([how] { end_program(how); });
}

// In each the thread that waits is not the one that exits.
void exits_in_callback(runtime& rt, way how) {
  rt.monitor(rt.spawn([] {}), [how](const down&) {
    spawn_some();
    end_program(how);
  });
}
void exits_in_thread(runtime& rt, way how) {
  (void)rt.spawn(spawn_some);
  std::thread([how] { end_program(how); }).detach();
}

runtime& static_runtime() {
  static runtime rt(patient);
  return rt;
}

void begin_exit(runtime& rt, const std::string& where, way how) {
  if (where == "process")
    rt.spawn(exits, how);
  else if (where == "blocking")
    rt.spawn(exits_in_blocking, how);
  else if (where == "callback")
    exits_in_callback(rt, how);
  else
    exits_in_thread(rt, how);
}

// What the child is told to do: who owns the runtime, where exit is called, how.
void be_child() {
  const std::string owner = std::getenv("SPEC_OWNER"), where = std::getenv("SPEC_WHERE");
  const way how = std::getenv("SPEC_QUICK") ? way::by_quick_exit : way::by_exit;
  if (owner == "run") {
    run(patient, where == "process" ? exits : exits_in_blocking, how);
  } else if (owner == "stack") {
    runtime rt(patient);
    begin_exit(rt, where, how);
    std::this_thread::sleep_for(30s);
  } else {
    begin_exit(static_runtime(), where, how);
    std::this_thread::sleep_for(30s);
  }
  std::_Exit(99);  // not reached
}

void check_exits(const char* test, const char* owner, const char* where, bool quick = false) {
  INFO("the runtime is on " << owner << ", exit is called in " << where << (quick ? ", quickly" : ""));
  std::vector<std::pair<std::string, std::string>> environment = {{"SPEC_OWNER", owner}, {"SPEC_WHERE", where}};
  if (quick)
    environment.emplace_back("SPEC_QUICK", "1");
  const auto begin = std::chrono::steady_clock::now();
  const spec::child_result r = spec::run_child(test, environment);
  CHECK(r.ended_in_time);
  CHECK(r.exit_status == 3);
  CHECK(r.signal == 0);
  CHECK(std::chrono::steady_clock::now() - begin < soon);
}

// ---- forked children

struct child_end {
  int status = -1;
  std::string said;
  std::chrono::steady_clock::duration took{};
};

// f's value is the child's status.
template <class F>
child_end fork_and(F f) {
  std::FILE* file = std::tmpfile();
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    is_forked_child = true;
    dup2(fileno(file), 2);
    std::exit(f());
  }
  child_end end;
  int status = 0;
  waitpid(child, &status, 0);
  end.took = std::chrono::steady_clock::now() - begin;
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file))
    end.said += static_cast<char>(c);
  std::fclose(file);
  return end;
}

template <class F>
bool is_refused(F f) {
  try {
    f();
  } catch (const std::logic_error& e) {
    return spec::contains(e.what(), "forked child");
  }
  return false;
}

}  // namespace

TEST_CASE("exit while a runtime runs ends the program with its status, wherever it is called") {
  if (spec::in_child())
    return be_child();
  const char* const me = "exit while a runtime runs ends the program with its status*";
  for (const char* where : {"process", "blocking"})
    check_exits(me, "run", where);
  for (const char* owner : {"stack", "static"})
    for (const char* where : {"process", "blocking", "callback", "thread"})
      check_exits(me, owner, where);
  check_exits(me, "run", "process", true);
  check_exits(me, "static", "process", true);
}

TEST_CASE("a static runtime is stopped when main returns") {
  if (spec::in_child()) {
    static std::atomic<bool> begun{false};
    static_runtime().spawn([]() -> process {
      const spec::on_destruction at_end([] { std::puts("destroyed"); });
      begun = true;
      co_await sleep(infinity);
    });
    while (!begun)
      std::this_thread::sleep_for(1ms);
    return;
  }
  const spec::child_result r = spec::run_child("a static runtime is stopped when main returns");
  CHECK(r.exit_status == 0);
  CHECK(spec::contains(r.output, "destroyed"));
}

TEST_CASE("in a forked child nothing of the runtime is there: calls say so at once and exit ends it") {
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
  return;  // it ends every child that a program with threads forks
#endif
#endif
  if (spec::in_child()) {
    runtime& rt = static_runtime();
    const pid p = rt.spawn(sleeps_often);
    const child_end exited = fork_and([] { return 5; });
    CHECK(exited.status == 5);
    CHECK(exited.took < soon);
    CHECK(spec::contains(exited.said, "forked child"));
    const child_end calls = fork_and([&] {
      const bool dropped = (rt.send(p, 1), send(p, 2), exit(p, reason::kill), processes().empty());
      const bool refused = is_refused([&] { (void)rt.wait(p); }) && is_refused([&] { (void)rt.call(p, square_of{1}); }) &&
                           is_refused([&] { rt.monitor(p, [](const down&) {}); }) && is_refused([] { run([] {}); }) &&
                           is_refused([] { runtime another; });
      rt.stop();
      return dropped && refused && !rt.spawn([] {}) ? 6 : 7;
    });
    CHECK(calls.status == 6);
    CHECK(calls.took < soon);
    CHECK(spec::contains(calls.said, "forked child"));
    std::atomic<int> status = -1;
    (void)rt.wait(rt.spawn([&] { status = fork_and([] { return 8; }).status; }));  // forked by a process
    CHECK(status == 8);
    CHECK(rt.wait(rt.spawn([] {})) == reason::normal);  // the parent's goes on
    return;
  }
  const spec::child_result r =
      spec::run_child("in a forked child nothing of the runtime is there: calls say so at once and exit ends it");
  INFO(r.output);
  CHECK(r.exit_status == 0);
}

TEST_CASE("a child that was forked while no runtime ran may run one") {
  if (spec::in_child()) {
    CHECK(run([] {}) == 0);
    CHECK(fork_and([] { return run([]() -> process { co_await sleep(1ms); }) == 0 ? 9 : 1; }).status == 9);
    return;
  }
  CHECK(spec::run_child("a child that was forked while no runtime ran may run one").exit_status == 0);
}
