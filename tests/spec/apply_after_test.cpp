// Functions that run later. OTP: timer:apply_after/4, apply_interval/4
#include "spec.hpp"

namespace {

struct ran {
  pid by;
  process_clock::time_point at;
  std::string with;
};

}  // namespace

TEST_CASE("apply_after runs its function when the time has passed, in a process of its own") {
  spec::in_process([]() -> process {
    const auto began = now();
    const pid waits = apply_after(
        5ms, [](pid to, std::unique_ptr<std::string> text) { send(to, ran{self(), now(), *text}); }, self(),
        std::make_unique<std::string>("moved"));
    const ran r = co_await receive<ran>();
    CHECK(r.at - began >= 5ms);
    CHECK(r.with == "moved");
    CHECK(r.by != self());
    CHECK(r.by != waits);
    const auto second = co_await receive<ran>(within(20ms));
    CHECK_FALSE(second);
  });
}

TEST_CASE("apply_after takes what spawn takes, and is cancelled by killing what it returns") {
  spec::in_process([]() -> process {
    apply_after(
        1ms,
        [](pid to) -> process {
          co_await sleep(1ms);
          send(to, ran{self(), now(), "coroutine"});
        },
        self());
    const ran r = co_await receive<ran>();
    CHECK(r.with == "coroutine");
    const pid waits = apply_after(1s, [](pid to) { send(to, ran{}); }, self());  // long enough to be killed in
    exit(waits, reason::kill);
    const auto none = co_await receive<ran>(within(1020ms));
    CHECK_FALSE(none);
    CHECK_THROWS_AS(apply_after(-1s, [] {}), std::invalid_argument);
    CHECK_THROWS_AS(apply_every(-1s, [] {}), std::invalid_argument);
    CHECK_THROWS_AS(apply_every(0s, [] {}), std::invalid_argument);
  });
}

TEST_CASE("apply_every runs it after each interval, however long and however badly it runs, until it is killed") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    const auto began = now();
    const pid every = apply_every(
        10ms,
        [](pid to) -> process {
          send(to, ran{self(), now(), "again"});
          co_await sleep(25ms);
          throw std::runtime_error("each of them");
        },
        self());
    for (int i = 1; i <= 5; ++i) {
      const ran r = co_await receive<ran>();
      CHECK(r.at - began >= i * 10ms);
      CHECK(r.at - began < (i + 1) * 10ms);
    }
    exit(every, reason::kill);
    (void)co_await is_alive(every);
    const auto none = co_await receive<ran>(within(50ms));
    CHECK_FALSE(none);
  });
}

TEST_CASE("the end of who called apply_every ends it; apply_after goes on") {
  spec::in_process([]() -> process {
    struct pids {
      pid every, after;
    };
    const pid caller = spawn([to = self()] {
      const pid every = apply_every(1h, [] {});
      send(to, pids{every, apply_after(1ms, [to] { send(to, ran{}); })});
    });
    const pids p = co_await receive<pids>();
    const exit_reason why = co_await spec::end_of(p.every);
    CHECK((why == reason::normal || why == reason::noproc));
    const bool alive = co_await is_alive(caller);
    CHECK_FALSE(alive);
    (void)co_await receive<ran>();
  });
}

TEST_CASE("the crash report of such a function names the line that asked for it") {
  spec::collected_reports reports;
  unsigned line = 0;
  spec::in_run([&]() -> process {
    line = __LINE__ + 1;
    apply_after(1ms, [] { throw std::runtime_error("late"); });
    while (reports.all().empty())
      co_await sleep(1ms);
  });
  CHECK(spec::contains(reports.all()[0].spawned_at, "apply_after_test.cpp:" + std::to_string(line)));
}
