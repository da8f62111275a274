// Supervised processes at the end of a program have the times that their supervisors promise; and what SIGTERM makes of the status.
#include "child.hpp"
#include "spec.hpp"

#include <csignal>

namespace {

constexpr auto saving = 300ms;  // longer than the grace

process saves(spec::shared_log log, std::string name) {
  trap_exits();
  init_ack();
  (void)co_await receive<exited>();
  co_await sleep(saving);
  log.add("saved " + name);
}

// Two that save one after the other, in a tree of two levels.
process two_savers(spec::shared_log log) {
  co_await supervise(one_for_one, child("a", saves, log, std::string("a")).shutdown(20s), child("inner", [log]() -> process {
                       co_await supervise(one_for_one, child("b", saves, log, std::string("b")).shutdown(20s));
                     }));
}

process with_two_savers(spec::shared_log log) { (void)co_await start_link(two_savers, log); }

const std::vector<std::string> both_saved{"saved b", "saved a"};

}  // namespace

TEST_CASE("grace does not kill supervised processes before their supervisors' time: in run and under simulation") {
  const spec::shared_log in_run;
  CHECK(run({.grace = 50ms}, with_two_savers, in_run) == 0);
  CHECK(in_run.lines() == both_saved);
  for_each_seed(20, [](auto seed) {
    const spec::shared_log simulated;
    simulate(seed, [simulated]() -> process {
      (void)co_await start_link([simulated]() -> process {
        co_await supervise(one_for_one, child("slow", [simulated]() -> process {
                                          trap_exits();
                                          init_ack();
                                          (void)co_await receive<exited>();
                                          co_await sleep(10s);  // the simulator's grace is a second
                                          simulated.add("saved");
                                        }).shutdown(1h));
      });
    });
    CHECK(simulated.lines() == std::vector<std::string>{"saved"});
  });
}

TEST_CASE("who has no supervisor is killed after the grace while a tree still takes its time") {
  const spec::shared_log log;
  CHECK(run({.grace = 50ms}, [log]() -> process {
          (void)co_await start_link(two_savers, log);
          spawn([log, to = self()]() -> process {
            trap_exits();
            const spec::on_destruction at_end([log] { log.add("killed"); });
            send(to, 1);
            while (true)
              (void)co_await receive<exited>();
          });
          (void)co_await receive<int>();
        }) == 0);
  CHECK(log.lines() == std::vector<std::string>{"killed", "saved b", "saved a"});
}

TEST_CASE("a supervised process that is killed before its supervisor stops it is named") {
  if (spec::in_child()) {
    run({.grace = 50ms}, [] {
      spawn([]() -> process {  // waits for the second child's start, and for nothing else
        co_await supervise(one_for_one, child("first", []() -> process { co_await receive<int>(); }),
                           child("second", []() -> process { co_await sleep(infinity); }));
      });
    });
    return;
  }
  const spec::child_result r = spec::run_child("a supervised process that is killed before its supervisor stops it is named");
  INFO(r.output);
  CHECK(r.exit_status == 0);
  CHECK(spec::contains(r.output, "killed at the end, before their supervisors had stopped them"));
  CHECK(spec::contains(r.output, "supervised_end_test.cpp"));
}

TEST_CASE("an orderly stop by SIGTERM ends with 0 - also when a child takes its time") {
  if (spec::in_child()) {
    const spec::shared_log log;
    const int status = run({.grace = 50ms}, [log]() -> process {
      (void)co_await start_link(two_savers, log);
      ::kill(::getpid(), SIGTERM);
      co_await sleep(infinity);
    });
    std::_Exit(log.lines() == both_saved ? status : 99);
  }
  CHECK(spec::run_child("an orderly stop by SIGTERM ends with 0 - also when a child takes its time").exit_status == 0);
}

TEST_CASE("a stop by SIGTERM or SIGINT at which somebody had to be killed ends with 128 and the signal") {
  if (spec::in_child()) {
    const int number = std::atoi(std::getenv("SPEC_SIGNAL"));
    std::_Exit(run({.grace = 20ms}, [number]() -> process {
      trap_exits();
      ::kill(::getpid(), number);
      while (true)
        (void)co_await receive<exited>();
    }));
  }
  for (const int number : {SIGTERM, SIGINT})
    CHECK(spec::run_child("a stop by SIGTERM or SIGINT at which somebody had to be killed ends with 128 and the signal",
                          {{"SPEC_SIGNAL", std::to_string(number)}})
              .exit_status == 128 + number);
}

TEST_CASE("a signal that the program was started to ignore stays ignored") {
  if (spec::in_child()) {
    std::signal(SIGINT, SIG_IGN);
    std::_Exit(run([]() -> process {
      ::kill(::getpid(), SIGINT);
      co_await sleep(20ms);
      exit(exit_reason("went on"));
    }));
  }
  CHECK(spec::run_child("a signal that the program was started to ignore stays ignored").exit_status == 1);
}
