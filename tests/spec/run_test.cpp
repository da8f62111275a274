// run: from the first process's birth to its end. api.md "Running"
#include "child.hpp"
#include "schedulers.hpp"
#include "spec.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <sstream>
#include <thread>

namespace {

struct ready {};

process returns() { co_return; }

// Computes until another one does so too, or for a millisecond: less than it takes the monitor thread to see that a worker is stuck.
void compute_beside_another(pid parent, std::shared_ptr<std::atomic<int>> there) {
  ++*there;
  const auto begin = std::chrono::steady_clock::now();
  while (*there < 2 && std::chrono::steady_clock::now() - begin < 1ms)
    std::this_thread::yield();  // there may be but one processor
  send(parent, *there == 2);
}

}  // namespace

TEST_CASE("run gives 0 when the first process ended normally") {
  CHECK(run(returns) == 0);
  CHECK(run([] {}) == 0);
  CHECK(run([] { return 7; }) == 0);
  CHECK(run([]() -> task<int> { co_return 7; }) == 0);
  CHECK(run([] { exit(reason::normal); }) == 0);
  CHECK(run(run_options{.schedulers = 1}, returns) == 0);
}

TEST_CASE("run gives 1 and prints the reason when the first process ended otherwise") {
  if (spec::in_child()) {
    CHECK(run([] { exit(exit_reason("the first reason")); }) == 1);
    CHECK(run([] { throw std::runtime_error("the first exception"); }) == 1);
    CHECK(run([] { exit(reason::shutdown_with(33)); }) == 1);
    CHECK(run([]() -> process {
            exit(self(), reason::kill);
            co_await yield();
          }) == 1);
    return;
  }
  const spec::child_result r = spec::run_child("run gives 1 and prints the reason when the first process ended otherwise");
  CHECK(r.exit_status == 0);
  CHECK(spec::contains(r.output, "\"the first reason\""));
  CHECK(spec::contains(r.output, "the first exception"));
  CHECK(spec::contains(r.output, "{:shutdown, 33}"));
  CHECK(spec::contains(r.output, ":killed"));
}

TEST_CASE("run passes arguments, move-only ones too") {
  std::string got;
  const int status = run([&got](int n, std::string s, std::unique_ptr<int> p) { got = s + std::to_string(n + *p); }, 1, "sum ",
                         std::make_unique<int>(2));
  CHECK(status == 0);
  CHECK(got == "sum 3");
}

TEST_CASE("two children that compute run side by side from the start, on two schedulers") {
  const spec::options_decide_schedulers here;
  bool met = false;
  run(run_options{.schedulers = 2}, [&met]() -> process {
    for (int attempt = 0; attempt < 200 && !met; ++attempt) {  // one is enough: others may hold the processors
      co_await sleep(1ms);  // the other scheduler sleeps
      const auto there = std::make_shared<std::atomic<int>>(0);
      spawn(compute_beside_another, self(), there);
      spawn(compute_beside_another, self(), there);
      const bool first = co_await receive<bool>(), second = co_await receive<bool>();
      met = first && second;
    }
  });
  CHECK(met);
}

TEST_CASE("run again afterwards is fine") {
  int runs = 0;
  for (int i = 0; i < 20; ++i)
    run([&runs]() -> process {
      const pid p = spawn(spec::idle);
      register_name("spec run", p);
      co_await sleep(100us);
      ++runs;
    });
  CHECK(runs == 20);
}

TEST_CASE("run works in any thread") {
  int status = 7;
  std::thread([&status] { status = run([]() -> process { co_await sleep(1ms); }); }).join();
  CHECK(status == 0);
}

TEST_CASE("run twice at once throws std::logic_error, and the first goes on") {
  bool inside = false, beside = false;
  const int status = run([&]() -> process {
    try {
      run(returns);
    } catch (const std::logic_error&) {
      inside = true;
    }
    std::thread([&beside] {
      try {
        run(returns);
      } catch (const std::logic_error&) {
        beside = true;
      }
    }).join();
    co_await sleep(1ms);
  });
  CHECK(status == 0);
  CHECK(inside);
  CHECK(beside);
}

TEST_CASE("when the first process ends the others are shut down, and every frame, closure and message destroyed") {
  const auto token = std::make_shared<const int>(1);
  const spec::shared_log log;
  const int status = run([&]() -> process {
    for (int i = 0; i < 100; ++i) {
      const pid p = spawn([token, copy = token]() -> process {
        const auto local = copy;
        co_await sleep(infinity);
      });
      send(p, token);
    }
    send_after(1h, self(), token);
    spawn([log, to = self()]() -> process {
      trap_exits();
      send(to, ready{});
      const exited e = co_await receive<exited>();
      log.add(spec::text_of(e.why));
    });
    co_await receive<ready>();
  });
  CHECK(status == 0);
  CHECK(token.use_count() == 1);
  CHECK(log.lines() == std::vector<std::string>{":shutdown"});
}

TEST_CASE("a process that traps and ignores shutdown is killed after the grace") {
  const spec::shared_log log;
  const auto start = std::chrono::steady_clock::now();
  run(run_options{.grace = 1s}, [&]() -> process {  // long enough to be told in
    spawn([log, to = self()]() -> process {
      trap_exits();
      const spec::on_destruction at_end([log] { log.add("destroyed"); });
      send(to, ready{});
      while (true)
        co_await receive([&](exited e) { log.add(spec::text_of(e.why)); });
    });
    co_await receive<ready>();
  });
  CHECK(std::chrono::steady_clock::now() - start >= 1s);
  CHECK(log.lines() == std::vector<std::string>{":shutdown", "destroyed"});
}

TEST_CASE("processes that are spawned during the shutdown end, too") {
  const auto token = std::make_shared<const int>(1);
  run(run_options{.grace = 100ms}, [&]() -> process {
    spawn([token, to = self()]() -> process {
      trap_exits();
      send(to, ready{});
      (void)co_await receive<exited>();
      for (int i = 0; i < 10; ++i)
        spawn([token]() -> process { co_await sleep(infinity); });
    });
    co_await receive<ready>();
  });
  CHECK(token.use_count() == 1);
}

TEST_CASE("a process that never suspends at the end: which one and where it was spawned; the program is terminated") {
  if (spec::in_child()) {
    run(run_options{.grace = 20ms}, []() -> process {
      auto running = spec::make_flag();
      spawn([running] {
        running->store(true);
        for (;;)
          asm volatile("");
      });
      co_await spec::until(running);
    });
    std::_Exit(99);  // not reached
  }
  const spec::child_result r =
      spec::run_child("a process that never suspends at the end: which one and where it was spawned; the program is terminated");
  CHECK(r.ended_in_time);
  CHECK(r.exit_status != 99);
  CHECK(r.exit_status != 0);
  CHECK(spec::contains(r.output, "#PID<0."));
  CHECK(spec::contains(r.output, "run_test.cpp"));
}

TEST_CASE("spawn past max_processes throws too_many_processes; when some have died there is room again") {
  spec::in_run(run_options{.grace = 50ms, .max_processes = 100}, []() -> process {
    const auto token = std::make_shared<const int>(1);
    std::vector<pid> made;
    bool thrown = false;
    try {
      while (made.size() < 1000)
        made.push_back(spawn([token]() -> process { co_await sleep(infinity); }));
    } catch (const too_many_processes&) {
      thrown = true;
    }
    CHECK(thrown);
    CHECK(made.size() <= 100);
    CHECK(made.size() >= 90);
    CHECK(token.use_count() == static_cast<long>(made.size()) + 1);
    CHECK_THROWS_AS(spawn_monitor([token] {}), std::runtime_error);
    CHECK_THROWS_AS(spawn(spawn_options{.name = "spec too many"}, [token] {}), too_many_processes);
    CHECK_FALSE(whereis("spec too many"));
    for (const pid p : made) {
      exit(p, reason::kill);
      (void)co_await spec::end_of(p);
    }
    CHECK(token.use_count() == 1);
    for (int i = 0; i < 1000; ++i) {
      auto [p, watch] = spawn_monitor([] {});
      (void)co_await receive<down>(watch);
    }
  });
}

TEST_CASE("processes that never await do not stop the others") {
  spec::in_run(run_options{.schedulers = 2, .grace = 50ms}, []() -> process {
    auto open = spec::make_flag();
    std::vector<monitor_ref> stuck;
    for (int i = 0; i < 4; ++i)
      stuck.push_back(spawn_monitor([open] {
                        while (!open->load())
                          std::this_thread::sleep_for(1ms);
                      }).monitor);
    const pid echo = spawn([]() -> process {
      while (true)
        co_await receive([](pid from) { send(from, ready{}); });
    });
    for (int i = 0; i < 100; ++i) {
      send(echo, self());
      (void)co_await receive<ready>();
    }
    co_await sleep(5ms);
    open->store(true);
    for (const monitor_ref w : stuck)
      (void)co_await receive<down>(w);
  });
}
