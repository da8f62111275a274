// Supervisors: how often they restart, restarts that fail, and when they give up. semantics.md 3.11, V5, V6
#include "supervision.hpp"

#include <atomic>

using spec::joined;

namespace {

// Kills child x so many times, each time when it has been restarted; so far apart. The supervisor's end, if that ended it.
task<std::optional<exit_reason>> after_kills(supervisor_options options, int kills, time_limit apart) {
  const pid sup = co_await spec::supervisor_of(options, {spec::obedient_child("x", {})});
  const monitor_ref watch = monitor(sup);
  pid last;
  for (int i = 0; i < kills; ++i) {
    if (i > 0)
      co_await sleep(apart);
    last = co_await spec::successor(sup, "x", last);
    (void)co_await spec::end(last, reason::kill);
  }
  if (const auto end = co_await receive<down>(watch, within(1s)))
    co_return end->why;
  co_await spec::end(sup, reason::shutdown);
  co_return std::nullopt;
}

// Starts well `good` times, then fails.
struct failing_child {
  std::shared_ptr<std::atomic<int>> starts = std::make_shared<std::atomic<int>>(0);
  int good = 1;
  child_spec spec(std::string id, spec::shared_log log) const {
    return child(id, [id, starts = starts, good = good, log]() -> process {
      if (starts->fetch_add(1) >= good) {
        log.add("?" + id);
        exit(exit_reason("cannot"));
      }
      return spec::obedient(id, log);
    });
  }
};

}  // namespace

TEST_CASE("V5 one restart more than allowed ends the supervisor with shutdown") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    for (const int restarts : {0, 1, 3, 5}) {
      const auto well = co_await after_kills({.restarts = restarts}, restarts, 0ms);
      CHECK(well == std::nullopt);
      const auto badly = co_await after_kills({.restarts = restarts}, restarts + 1, 0ms);
      CHECK(badly == reason::shutdown);
    }
  });
}

TEST_CASE("V5 three restarts in five seconds if nothing else was said") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    auto end = co_await after_kills({}, 3, 0ms);
    CHECK(end == std::nullopt);
    end = co_await after_kills({}, 4, 1600ms);  // the first and the last 4.8 s apart
    CHECK(end == reason::shutdown);
    end = co_await after_kills({}, 20, 1700ms);  // 5.1 s
    CHECK(end == std::nullopt);
  });
}

TEST_CASE("V5 the window is exact, not in whole seconds") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    auto end = co_await after_kills({.restarts = 1, .within = 100ms}, 10, 105ms);
    CHECK(end == std::nullopt);
    end = co_await after_kills({.restarts = 1, .within = 100ms}, 2, 90ms);
    CHECK(end == reason::shutdown);
  });
}

TEST_CASE("V5 ten thousand restarts, each out of the others' window") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    const auto end = co_await after_kills({.restarts = 1000000}, spec::sized(10000, 300), 0ms);
    CHECK(end == std::nullopt);
  });
}

TEST_CASE("V5 a supervisor that gives up has stopped all its children first, last first") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const pid sup = co_await spec::supervisor_of(
        {.restarts = 0}, {spec::obedient_child("a", log), spec::obedient_child("b", log), spec::obedient_child("c", log)});
    const monitor_ref watch = monitor(sup);
    (void)co_await spec::end(co_await spec::pid_of(sup, "b"), reason::kill);
    const exit_reason end = co_await spec::end_of(watch);
    CHECK(end == reason::shutdown);
    CHECK(joined(log.lines()) == "+a +b +c -b -c -a");
  });
}

TEST_CASE("V5 escalation: a supervisor that gives up is a failed child of the one above") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const auto inner = [log]() -> process {
      co_await supervise({.restarts = 0}, spec::obedient_child("a", log), spec::obedient_child("b", log));
    };
    const pid top = co_await spec::supervisor_of({.restarts = 1}, {child("inner", inner)});
    const pid first = co_await spec::pid_of(top, "inner");
    (void)co_await spec::end(co_await spec::pid_of(first, "a"), reason::kill);
    const pid second = co_await spec::successor(top, "inner", first);
    CHECK(joined(log.lines()) == "+a +b -a -b +a +b");
    const monitor_ref watch = monitor(top);
    (void)co_await spec::end(co_await spec::pid_of(second, "b"), reason::kill);
    const exit_reason end = co_await spec::end_of(watch);
    CHECK(end == reason::shutdown);
    CHECK(joined(log.lines()) == "+a +b -a -b +a +b -b -a");
  });
}

TEST_CASE("V6 a restart that fails is tried again; every attempt counts") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const failing_child x;
    const pid sup = co_await spec::supervisor_of({.restarts = 4}, {spec::obedient_child("a", log), x.spec("x", log)});
    const monitor_ref watch = monitor(sup);
    (void)co_await spec::end(co_await spec::pid_of(sup, "x"), reason::kill);
    const exit_reason end = co_await spec::end_of(watch);
    CHECK(end == reason::shutdown);
    CHECK(joined(log.lines()) == "+a +x -x ?x ?x ?x ?x -a");
  });
}

TEST_CASE("V6 while a restart is tried again and again requests are served, also one that ends it") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const failing_child x;
    const pid sup = co_await spec::supervisor_of({.restarts = 1 << 30}, {x.spec("x", log), spec::obedient_child("b", log)});
    (void)co_await spec::end(co_await spec::pid_of(sup, "x"), reason::kill);
    while (log.lines().back() != "?x")
      co_await yield();  // no sleep: virtual time stands still while the supervisor tries
    const child_info info = co_await spec::info_of(sup, "x");
    CHECK(info.state == child_state::restarting);
    CHECK(info.process == pid());
    const outcome<pid> again = co_await restart_child(sup, "x");
    CHECK(again.why() == exit_reason(child_error::restarting));
    const outcome<> forgotten = co_await delete_child(sup, "x");
    CHECK(forgotten.why() == exit_reason(child_error::restarting));
    const outcome<pid> second = co_await start_child(sup, x.spec("x", log));
    CHECK(second.why() == exit_reason(child_error::already_present));
    const outcome<> ended = co_await terminate_child(sup, "x");
    CHECK(ended);
    const std::size_t tries = log.lines().size();
    co_await sleep(5ms);
    CHECK(log.lines().size() == tries);
    const child_state state = (co_await spec::info_of(sup, "x")).state;
    CHECK(state == child_state::stopped);
    const outcome<> deleted = co_await delete_child(sup, "x");
    CHECK(deleted);
  });
}

TEST_CASE("V6 a supervisor whose child can't be restarted still ends when its parent says so") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const failing_child x;
    const pid sup = co_await spec::supervisor_of({.restarts = 1 << 30}, {spec::obedient_child("a", log), x.spec("x", log)});
    (void)co_await spec::end(co_await spec::pid_of(sup, "x"), reason::kill);
    while (log.lines().back() != "?x")
      co_await yield();
    const exit_reason end = co_await spec::end(sup, reason::shutdown);
    CHECK(end == reason::shutdown);
    CHECK(log.lines().back() == "-a");
  });
}

TEST_CASE("V6 a restart that succeeds after failures") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    auto starts = std::make_shared<std::atomic<int>>(0);
    const auto moody = [starts]() -> process {
      const int n = (*starts)++;
      if (n == 1 || n == 2)
        exit(exit_reason("not yet"));
      co_await receive<spec::end_with>();
    };
    const pid sup = co_await spec::supervisor_of({}, {child("x", moody)});
    const pid first = co_await spec::pid_of(sup, "x");
    (void)co_await spec::end(first, reason::kill);
    (void)co_await spec::successor(sup, "x", first);
    CHECK(starts->load() == 4);
  });
}

TEST_CASE("V6 one_for_all: when one fails to come back, the next attempt starts with stopping the others again") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    auto starts = std::make_shared<std::atomic<int>>(0);
    const auto moody = [starts, log]() -> process {
      if ((*starts)++ == 1) {
        log.add("?b");
        exit(exit_reason("not yet"));
      }
      return spec::obedient("b", log);
    };
    const pid sup = co_await spec::supervisor_of(
        {.strategy = one_for_all}, {spec::obedient_child("a", log), child("b", moody), spec::obedient_child("c", log)});
    const pid c = co_await spec::pid_of(sup, "c");
    (void)co_await spec::end(c, reason::kill);
    (void)co_await spec::successor(sup, "c", c);
    CHECK(joined(log.lines()) == "+a +b +c -c -b -a +a ?b -a +a +b +c");
  });
}

TEST_CASE("V6 rest_for_one: the next attempt starts with the one that failed") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    auto starts = std::make_shared<std::atomic<int>>(0);
    const auto moody = [starts, log]() -> process {
      if ((*starts)++ == 1) {
        log.add("?c");
        exit(exit_reason("not yet"));
      }
      return spec::obedient("c", log);
    };
    const pid sup = co_await spec::supervisor_of(
        {.strategy = rest_for_one},
        {spec::obedient_child("a", log), spec::obedient_child("b", log), child("c", moody), spec::obedient_child("d", log)});
    const pid b = co_await spec::pid_of(sup, "b");
    (void)co_await spec::end(b, reason::kill);
    (void)co_await spec::successor(sup, "b", b);
    (void)co_await spec::successor(sup, "d", pid());
    CHECK(joined(log.lines()) == "+a +b +c +d -b -d -c +b ?c +c +d");
  });
}

TEST_CASE("Supervisors report what they restart, how often, and why they gave up") {
  spec::collected_reports reports;
  spec::in_simulation(1, []() -> process {
    const pid sup = co_await spec::supervisor_of({.restarts = 1}, {spec::obedient_child("kv", {})});
    const monitor_ref watch = monitor(sup);
    const pid first = co_await spec::pid_of(sup, "kv");
    (void)co_await spec::tell_to_end(first, exit_reason("boom"));
    (void)co_await spec::tell_to_end(co_await spec::successor(sup, "kv", first), exit_reason("boom"));
    (void)co_await spec::end_of(watch);
  });
  const std::vector<crash_report> all = reports.all();
  REQUIRE(all.size() == 2 * 2);  // each seed runs twice
  const auto after_pid = [](const std::string& text) { return text.substr(text.find("]")); };
  CHECK(spec::contains(all[0].text, "[error] Supervisor " + to_string(all[0].who)));
  CHECK(spec::contains(all[0].text, ": child kv, #PID<0."));
  CHECK(spec::contains(all[0].text, ", ended: \"boom\"\n    restarted: 1 of 1 in 5 s\n"));
  CHECK(spec::contains(all[1].text, "\n    gives up: more than 1 restarts in 5 s\n"));
  CHECK(all[0].why == exit_reason("boom"));
  CHECK(after_pid(all[0].text) != after_pid(all[1].text));
}
