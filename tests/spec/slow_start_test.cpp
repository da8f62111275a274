// A start that takes long is said, and there is a way to say that a child starts at once. OTP: proc_lib:start_link, spawn_link
#include "spec.hpp"

#include <thread>

namespace {

std::atomic<unsigned> line_of_sleep = 0;

process ticker() {
  while (true) {
    line_of_sleep = __LINE__ + 1;
    co_await sleep(100ms);
  }
}
process tree() { co_await supervise(one_for_one, child("ticker", ticker)); }
process slow_to_start(time_limit takes) {
  co_await sleep(takes);
  init_ack();
  co_await receive<int>();
}

std::vector<std::string> texts_of(const spec::collected_reports& reports) {
  std::vector<std::string> texts;
  for (const crash_report& r : reports.all())
    texts.push_back(r.text);
  return texts;
}

}  // namespace

TEST_CASE("under simulate a start that takes longer than 5 s is reported once, with the place and the cure") {
  spec::collected_reports reports;
  simulate([]() -> process {
    const outcome<pid> started = co_await start_link({.timeout = 1min}, tree);
    CHECK(started.why() == reason::timeout);
  });
  const std::vector<std::string> texts = texts_of(reports);
  REQUIRE(texts.size() == 2);
  std::string of_tree, of_ticker;
  for (const std::string& t : texts)
    (spec::contains(t, "child ticker") ? of_ticker : of_tree) = t;
  CHECK(spec::contains(of_tree, "[warning] Process #PID<"));
  CHECK(spec::contains(of_ticker, "[warning] Supervisor #PID<"));
  CHECK(spec::contains(of_ticker, " has waited for 5 s for its child ticker, #PID<"));
  CHECK(spec::contains(of_ticker, " to start\n"));
  CHECK(spec::contains(of_ticker, " is ticker("));
  CHECK(spec::contains(of_ticker, "waits at "));
  CHECK(spec::contains(of_ticker, "slow_start_test.cpp:" + std::to_string(line_of_sleep) + " for time"));
  CHECK(spec::contains(of_ticker, "starts_at_once()"));
  CHECK(spec::contains(of_ticker, "start_options::at_once"));
  CHECK(spec::contains(of_ticker, "init_ack()"));
}

TEST_CASE("a start that takes 5 s or less is not reported, unless its own limit was shorter") {
  {
    spec::collected_reports reports;
    simulate([]() -> process {
      const outcome<pid> a = co_await start_link(slow_to_start, 5s);
      CHECK(a);
      co_await sleep(1h);
    });
    CHECK(reports.all().empty());
  }
  for (const bool simulated : {false, true}) {
    spec::collected_reports reports;
    const auto body = []() -> process {
      const outcome<pid> a = co_await start_link({.timeout = 250ms}, tree);  // not when the ticker, every 100 ms, is awake
      CHECK(a.why() == reason::timeout);
    };
    simulated ? (void)simulate(body) : spec::in_run(body);
    const std::vector<std::string> texts = texts_of(reports);
    REQUIRE(texts.size() == 1);
    CHECK(spec::contains(texts[0], " has waited for 250 ms for #PID<"));
    CHECK(spec::contains(texts[0], " is tree("));  // and whom that waits for
    CHECK(spec::contains(texts[0], " is ticker("));
    CHECK(spec::contains(texts[0], "slow_start_test.cpp:" + std::to_string(line_of_sleep) + " for time"));
  }
}

TEST_CASE("a child that never suspends can't say where it is, and is reported all the same") {
  spec::collected_reports reports;
  spec::in_run(run_options{.schedulers = 2}, []() -> process {
    const outcome<pid> a = co_await start_link({.timeout = 50ms}, [] { std::this_thread::sleep_for(700ms); });
    CHECK(a.why() == reason::timeout);
  });
  const std::vector<std::string> texts = texts_of(reports);
  REQUIRE(texts.size() == 1);
  CHECK(spec::contains(texts[0], " does not suspend: it computes, or blocks its scheduler\n"));
}

TEST_CASE("waiting for a start sets no timer: a simulation in which nothing can run is found") {
  try {
    simulate({.explain = false}, []() -> process { (void)co_await start_link([]() -> process { co_await sleep(infinity); }); });
    FAIL("it ended");
  } catch (const simulation_failed& stuck) {
    CHECK(spec::contains(stuck.what(), "nothing can run and no timer is set"));
    CHECK(spec::contains(stuck.what(), "for the answer of #PID<"));
  }
}

TEST_CASE("on real schedulers a slow start is reported, and goes on") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    const auto begin = now();
    const outcome<pid> started = co_await start_link({.timeout = 8s}, ticker);
    CHECK(started.why() == reason::timeout);
    CHECK(now() - begin >= 8s);
  });
  const std::vector<std::string> texts = texts_of(reports);
  REQUIRE(texts.size() == 1);
  CHECK(spec::contains(texts[0], " has waited for 5 s for #PID<"));
  CHECK(spec::contains(texts[0], "slow_start_test.cpp:" + std::to_string(line_of_sleep) + " for time"));
}

TEST_CASE("a child that starts at once has started when it is spawned") {
  spec::in_process([]() -> process {
    const outcome<pid> started = co_await start_link(
        [] { return supervise(one_for_one, child("ticker", ticker).starts_at_once(), child("second", ticker).starts_at_once()); });
    REQUIRE(started);
    const child_counts counts = co_await count_children(*started);
    CHECK(counts.active == 2);
    const outcome<pid> added = co_await start_child(*started, child("third", ticker).starts_at_once());
    CHECK(added);
    const outcome<> ended = co_await stop_server(*started);
    CHECK(ended);
  });
}

TEST_CASE("start_options::at_once: linked or monitored as asked, and named before it runs") {
  spec::in_process([]() -> process {
    const outcome<pid> named = co_await start({.name = "spec at once", .at_once = true}, ticker);
    REQUIRE(named);
    CHECK(whereis("spec at once") == *named);
    const outcome<pid> again = co_await start({.name = "spec at once", .at_once = true}, ticker);
    CHECK_FALSE(again);
    const outcome<spawned> watched = co_await start_monitor({.at_once = true}, [] { exit(exit_reason(7)); });
    REQUIRE(watched);
    const down d = co_await receive<down>(watched->monitor);
    CHECK(d.why == exit_reason(7));
    trap_exits();
    const outcome<pid> linked = co_await start_link({.at_once = true}, [] { exit(exit_reason(8)); });
    REQUIRE(linked);
    const exited e = co_await receive<exited>();
    CHECK(e.who == *linked);
    CHECK(e.why == exit_reason(8));
    exit(*named, reason::kill);
    co_await is_alive(*named);
  });
}
