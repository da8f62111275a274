// SIGINT and SIGTERM while running.
#include "child.hpp"
#include "spec.hpp"

#include <csignal>

namespace {

struct ready {};

volatile std::sig_atomic_t own_handler_calls = 0;
extern "C" void own_handler(int) { own_handler_calls = own_handler_calls + 1; }

void send_signal(int number) { ::kill(::getpid(), number); }

}  // namespace

TEST_CASE("SIGINT while running: an orderly shutdown; run returns 0") {
  if (spec::in_child()) {
    const auto token = std::make_shared<const int>(1);
    const int status = run([token]() -> process {
      for (int i = 0; i < 10; ++i)
        spawn([token]() -> process { co_await sleep(infinity); });
      send_signal(SIGINT);
      co_await sleep(infinity);
    });
    CHECK(status == 0);
    CHECK(token.use_count() == 1);
    return;
  }
  const spec::child_result r = spec::run_child("SIGINT while running: an orderly shutdown; run returns 0");
  CHECK(r.ended_in_time);
  CHECK(r.exit_status == 0);
}

TEST_CASE("SIGTERM reaches a trapping first process as exited with shutdown; it may end normally") {
  if (spec::in_child()) {
    bool seen = false;
    const int status = run([&seen]() -> process {
      trap_exits();
      send_signal(SIGTERM);
      const exited e = co_await receive<exited>();
      seen = e.why == reason::shutdown;
    });
    CHECK(seen);
    CHECK(status == 0);
    return;
  }
  const spec::child_result r =
      spec::run_child("SIGTERM reaches a trapping first process as exited with shutdown; it may end normally");
  CHECK(r.ended_in_time);
  CHECK(r.exit_status == 0);
}

TEST_CASE("a second SIGINT kills what ignores the first") {
  if (spec::in_child()) {
    run(run_options{.grace = 1h}, []() -> process {
      trap_exits();
      send_signal(SIGINT);
      (void)co_await receive<exited>();
      send_signal(SIGINT);
      while (true)
        co_await receive([](exited) {});
    });
    return;
  }
  const spec::child_result r = spec::run_child("a second SIGINT kills what ignores the first");
  CHECK(r.ended_in_time);
}

TEST_CASE("with stop_on_signals = false run leaves signals alone") {
  if (spec::in_child()) {
    std::signal(SIGINT, own_handler);
    const int status = run(run_options{.stop_on_signals = false}, []() -> process {
      send_signal(SIGINT);
      co_await sleep(5ms);
    });
    CHECK(status == 0);
    CHECK(own_handler_calls == 1);
    return;
  }
  const spec::child_result r = spec::run_child("with stop_on_signals = false run leaves signals alone");
  CHECK(r.exit_status == 0);
}

TEST_CASE("after run the program's own signal handlers are back") {
  if (spec::in_child()) {
    std::signal(SIGINT, own_handler);
    std::signal(SIGTERM, own_handler);
    CHECK(run([] {}) == 0);
    std::raise(SIGINT);
    std::raise(SIGTERM);
    CHECK(own_handler_calls == 2);
    return;
  }
  const spec::child_result r = spec::run_child("after run the program's own signal handlers are back");
  CHECK(r.exit_status == 0);
}

TEST_CASE("a signal to a run that computes is not lost") {
  if (spec::in_child()) {
    run([]() -> process {
      send_signal(SIGINT);
      while (true)
        co_await yield();
    });
    return;
  }
  const spec::child_result r = spec::run_child("a signal to a run that computes is not lost");
  CHECK(r.ended_in_time);
  CHECK(r.exit_status == 0);
}
