// Supervisors: how they end, and how children are stopped. semantics.md 3.11, V2, V8
#include "supervision.hpp"

#include <atomic>

using spec::joined;

namespace {

// Traps exits and never ends by itself.
process stubborn(spec::shared_log log) {
  trap_exits();
  while (true) {
    (void)co_await receive<exited>();
    log.add("asked");
  }
}

// How a child that is stopped with its supervisor ends, and how long that takes.
struct stopped {
  exit_reason why;
  process_clock::duration took;
};
task<stopped> stop_of(child_spec spec) {
  const pid sup = co_await spec::supervisor_of({}, {spec});
  const pid process = (co_await which_children(sup)).at(0).process;
  const monitor_ref watch = monitor(process);
  const process_clock::time_point began = now();
  (void)co_await spec::end(sup, reason::shutdown);
  const process_clock::duration took = now() - began;
  const exit_reason why = co_await spec::end_of(watch);
  co_return stopped{why, took};
}

}  // namespace

TEST_CASE("C179 a child that ignores shutdown for longer than it may is killed") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const stopped s = co_await stop_of(child("x", stubborn, log).shutdown(1s));
    CHECK(s.why == reason::killed);
    CHECK(s.took >= 1s);
    CHECK(joined(log.lines()) == "asked");
  });
}

TEST_CASE("C179 it has five seconds if nothing else was said") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    const stopped s = co_await stop_of(child("x", stubborn, spec::shared_log()));
    CHECK(s.why == reason::killed);
    CHECK(s.took >= 5s);
    CHECK(s.took < 6s);
  });
  CHECK(reports.all().size() == 2 * 20);  // each seed runs twice
  CHECK(spec::contains(reports.all().at(0).text, "has not ended within 5 s: killed"));
}

TEST_CASE("C179 brutal_kill kills at once, nothing is asked") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const stopped s = co_await stop_of(child("x", stubborn, log).brutal_kill());
    CHECK(s.why == reason::killed);
    CHECK(log.lines().empty());
  });
  CHECK(reports.all().empty());
}

TEST_CASE("C179 shutdown(infinity) waits") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    spec::shared_log log;
    const stopped s = co_await stop_of(child("x", spec::dawdler, "x", log, 24h).shutdown(infinity));
    CHECK(s.why == reason::shutdown);
    CHECK(s.took >= 24h);
  });
  CHECK(reports.all().empty());
}

TEST_CASE("C179 a child that ends in time is not killed") {
  spec::in_simulation(20, []() -> process {
    const stopped s = co_await stop_of(child("x", spec::dawdler, "x", spec::shared_log(), 4900ms));
    CHECK(s.why == reason::shutdown);
  });
}

TEST_CASE("A child that unlinks itself from its supervisor doesn't hang its shutdown") {
  spec::everywhere([]() -> process {
    const auto deserter = [](pid tell) -> process {
      trap_exits();
      while (true)
        co_await receive([&](const exited& asked) {
          unlink(asked.who);
          send(tell, "unlinked");
          exit(asked.why);
        });
    };
    const stopped s = co_await stop_of(child("x", deserter, self()));
    CHECK(s.why == reason::shutdown);
    const std::string said = co_await receive<std::string>();
    CHECK(said == "unlinked");
  });
}

TEST_CASE("A supervisor is waited for without limit, unless a limit was said") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    spec::shared_log log;
    const auto inner = [log]() -> process {
      co_await supervise(one_for_one, child("slow", spec::dawdler, "slow", log, 1h).shutdown(infinity));
    };
    stopped s = co_await stop_of(child("inner", inner));
    CHECK(s.why == reason::shutdown);
    CHECK(s.took >= 1h);
    CHECK(joined(log.lines()) == "+slow !slow -slow");
    s = co_await stop_of(child("inner", inner).shutdown(2s));
    CHECK(s.why == reason::killed);
    CHECK(s.took < 3s);
  });
}

TEST_CASE("One that becomes a supervisor after it was started is waited for, too") {
  spec::in_simulation(20, []() -> process {
    spec::shared_log log;
    const auto later = [](spec::shared_log log) -> process {
      init_ack();
      co_await supervise(one_for_one, child("slow", spec::dawdler, "slow", log, 1h).shutdown(infinity));
    };
    const pid sup = co_await spec::supervisor_of({}, {child("inner", later, log)});
    while (log.lines().empty())
      co_await sleep(1ms);
    const process_clock::time_point began = now();
    (void)co_await spec::end(sup, reason::shutdown);
    CHECK(now() - began >= 1h);
  });
}

TEST_CASE("V8 the parent's exit ends a supervisor, whatever the reason, and its children before it") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const exit_reason& why : {reason::normal, reason::shutdown, exit_reason("boom")}) {
      spec::shared_log log;
      const auto parent = [](spec::shared_log log, exit_reason why, pid tell) -> process {
        const pid sup =
            *co_await start_link([log]() -> process { co_await supervise(one_for_one, spec::obedient_child("a", log)); });
        send(tell, sup);
        (void)co_await receive<std::string>();
        exit(why);
      };
      const pid top = spawn(parent, log, why, self());
      const pid sup = co_await receive<pid>();
      const monitor_ref watch = monitor(sup);
      send(top, "end");
      const exit_reason end = co_await spec::end_of(watch);
      CHECK(end == why);
      CHECK(joined(log.lines()) == "+a -a");
    }
  });
}

TEST_CASE("V8 a stranger's exit is ignored, unless it is kill") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    // spawned, not linked: the body is a stranger to it
    const pid sup = spawn([log]() -> process { co_await supervise(one_for_one, spec::obedient_child("a", log)); });
    co_await spec::settled(sup);
    const pid a = co_await spec::pid_of(sup, "a");
    for (const exit_reason& why : {reason::normal, reason::shutdown, exit_reason("boom")})
      exit(sup, why);
    co_await spec::settled(sup);
    const pid still = co_await spec::pid_of(sup, "a");
    CHECK(still == a);
    const monitor_ref watch = monitor(a);
    const exit_reason end = co_await spec::end(sup, reason::kill);
    CHECK(end == reason::killed);
    const exit_reason child_end = co_await spec::end_of(watch);  // by the link
    CHECK(child_end == reason::killed);
  });
}

TEST_CASE("V8 an exit of a stranger that is linked is ignored, too") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const pid sup = co_await spec::supervisor_of({}, {spec::obedient_child("a", {})});
    const pid stranger = spawn([sup]() -> process {
      link(sup);
      exit(exit_reason("boom"));
      co_return;
    });
    (void)co_await spec::end_of(stranger);
    co_await spec::settled(sup);
    const bool alive = co_await is_alive(sup);
    CHECK(alive);
  });
}

TEST_CASE("C186 children that end by themselves during the shutdown neither break nor reorder it") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const exit_reason ends[] = {reason::normal, reason::shutdown, reason::shutdown_with(1), exit_reason("boom")};
    // Ends by itself while the supervisor waits for the last child; that one ends when it is told.
    const auto ends_itself = [](std::string id, exit_reason why, pid tell, spec::shared_log log) -> process {
      log.add("+" + id);
      spec::on_destruction gone([id, log] { log.add("-" + id); });
      send(tell, self());
      co_await receive<std::string>();
      exit(why);
    };
    const auto takes_its_time = [](pid tell, spec::shared_log log) -> process {
      trap_exits();
      log.add("+last");
      spec::on_destruction gone([log] { log.add("-last"); });
      const exited asked = co_await receive<exited>();
      log.add("!last");
      send(tell, self());
      co_await receive<std::string>();
      exit(asked.why);
    };
    for (const exit_reason& why : ends)
      for (std::size_t type = 0; type < 3; ++type) {
        spec::shared_log log;
        const auto of_type = [type](child_spec s) { return type == 0 ? s.permanent() : type == 1 ? s.transient() : s.temporary(); };
        const pid me = self();
        std::vector<child_spec> specs{of_type(child("keeps", spec::dawdler, "keeps", log, 0ms)),
                                      of_type(child("ends", ends_itself, "ends", why, me, log)),
                                      of_type(child("last", takes_its_time, me, log))};
        const pid sup = co_await spec::supervisor_of({}, specs);
        const pid ending = co_await receive<pid>();
        const monitor_ref watch = monitor(ending), sup_watch = monitor(sup);
        exit(sup, reason::shutdown);
        const pid last = co_await receive<pid>();
        send(ending, "now");
        const exit_reason end = co_await spec::end_of(watch);
        CHECK(end == why);
        send(last, "now");
        const exit_reason sup_end = co_await spec::end_of(sup_watch);
        CHECK(sup_end == reason::shutdown);
        CHECK(joined(log.lines()) == "+keeps +ends +last !last -ends -last !keeps -keeps");
      }
  });
}

TEST_CASE("C186 all children are dead when the supervisor's DOWN arrives, whenever they die") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    auto living = std::make_shared<std::atomic<int>>(0);
    const auto short_lived = [living](time_limit lives) -> process {
      ++*living;
      spec::on_destruction gone([living] { --*living; });
      co_await receive([](const spec::end_with&) {}, after(lives, [] {}));
      exit(exit_reason("old"));
    };
    for (int round = 0; round < 10; ++round) {
      std::vector<child_spec> specs;
      for (int i = 0; i < 20; ++i)
        specs.push_back(child(std::to_string(i), short_lived, std::chrono::microseconds((i * 7919) % 2000 + 100)).temporary());
      const pid sup = co_await spec::supervisor_of({}, specs);
      co_await receive(after(1ms));
      (void)co_await spec::end(sup, reason::shutdown);
      CHECK(living->load() == 0);
    }
  });
}

TEST_CASE("C189 a dynamic supervisor stops its children all at once") {
  spec::collected_reports reports;
  const auto body = [](int n) -> process {
    spec::shared_log log;
    const pid sup = co_await spec::supervisor_of({.strategy = restart_strategy::dynamic}, {});
    for (int i = 0; i < n; ++i)
      (void)*co_await start_child(sup, child(spec::dawdler, "x", log, 100ms));
    const process_clock::time_point began = now();
    (void)co_await spec::end(sup, reason::shutdown);
    CHECK(now() - began >= 100ms);
    CHECK(now() - began < 400ms);
    CHECK(log.lines().size() == static_cast<std::size_t>(3 * n));
  };
  spec::in_run([body]() -> process { return body(spec::sized(1000, 50)); });
  spec::in_simulation(5, [body]() -> process { return body(100); });
  CHECK(reports.all().empty());
}

TEST_CASE("C189 stragglers of a dynamic supervisor are killed, each at its own time") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    const pid sup = co_await spec::supervisor_of({.strategy = restart_strategy::dynamic}, {});
    std::vector<std::pair<monitor_ref, exit_reason>> expected;
    const auto add = [&](pid child, exit_reason why) { expected.emplace_back(monitor(child), why); };
    for (int i = 0; i < 10; ++i) {
      add(*co_await start_child(sup, child(stubborn, spec::shared_log()).shutdown(std::chrono::seconds(i))), reason::killed);
      add(*co_await start_child(sup, child(spec::dawdler, "x", spec::shared_log(), 2s)), reason::shutdown);
      add(*co_await start_child(sup, child(spec::dawdler, "x", spec::shared_log(), 7s)), reason::killed);
      add(*co_await start_child(sup, child(stubborn, spec::shared_log()).brutal_kill()), reason::killed);
    }
    const process_clock::time_point began = now();
    (void)co_await spec::end(sup, reason::shutdown);
    CHECK(now() - began >= 9s);
    CHECK(now() - began < 10s);
    for (const auto& [watch, why] : expected) {
      const exit_reason end = co_await spec::end_of(watch);
      CHECK(end == why);
    }
  });
}
