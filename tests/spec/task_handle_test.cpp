// Tasks: spawn_task, spawn_task_unlinked and their handles. C192, C194, C195, C197, C200, K1.
#include "spec.hpp"

namespace {

constexpr std::size_t seeds = 200;

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(seeds, body);
}

task<int> squared_after(time_limit pause, int n) {
  co_await sleep(pause);
  co_return n* n;
}

struct go_on {};
task<int> squared_when_told(int n) {
  co_await receive<go_on>();
  co_return n* n;
}

// Nothing in the mailbox, no link, no monitor.
task<bool> no_trace() {
  const std::optional<process_info> me = co_await inspect(self());
  co_return me->mailbox_length == 0 && me->links.empty() && me->monitors.size() == 0;
}

// The reason a body exits with; normal if it comes to its end.
template <class Body>
task<exit_reason> reason_of(Body body) {
  try {
    co_await body();
  } catch (const exiting& e) {
    co_return e.why();
  }
  co_return reason::normal;
}

}  // namespace

TEST_CASE("C192 await returns the task's value and leaves nothing behind") {
  in_process([]() -> process {
    auto t = spawn_task([](int n) { return n + 1; }, 41);
    const int n = co_await t;
    CHECK(n == 42);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("C192 a caller that traps exits finds the link's exited, and nothing else") {
  in_process([]() -> process {
    trap_exits();
    auto t = spawn_task([] { return std::string("value"); });
    const pid who = t.process();
    const std::string text = co_await t;
    CHECK(text == "value");
    const exited e = co_await receive<exited>(who);
    CHECK(e.why == reason::normal);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("a task may be a function, a coroutine or a process, and its value may be move-only or nothing") {
  in_process([]() -> process {
    auto coroutine = spawn_task(squared_after, 1ms, 7);
    auto owned = spawn_task([] { return std::make_unique<int>(5); });
    auto owned_later = spawn_task([]() -> task<std::unique_ptr<int>> {
      co_await sleep(1ms);
      co_return std::make_unique<int>(6);
    });
    auto ran = std::make_shared<std::atomic<int>>(0);
    auto nothing = spawn_task([ran] { ++*ran; });
    auto nothing_later = spawn_task([ran]() -> task<> {
      co_await sleep(1ms);
      ++*ran;
    });
    auto body = spawn_task([ran]() -> process {
      co_await sleep(1ms);
      ++*ran;
    });
    const int square = co_await coroutine;
    CHECK(square == 49);
    const auto five = co_await owned;
    CHECK(*five == 5);
    const auto six = co_await owned_later;
    CHECK(*six == 6);
    co_await nothing;
    co_await nothing_later;
    co_await body;
    CHECK(ran->load() == 3);
  });
}

TEST_CASE("a value that came long before the await is kept, behind any number of unread messages") {
  spec::in_simulation(seeds, []() -> process {
    auto t = spawn_task([] { return 3; });
    co_await sleep(1s);
    for (int i = 0; i < 1000; ++i)
      send(self(), i);
    const int n = co_await t;
    CHECK(n == 3);
    const std::size_t unread = co_await spec::unread();
    CHECK(unread == 1000);
  });
}

TEST_CASE("no receive of the owner's sees a task's end") {
  spec::in_simulation(seeds, []() -> process {
    auto t = spawn_task([] { return 3; });
    const auto m = co_await receive<any_message>(within(1s));
    CHECK_FALSE(m.has_value());
    const int n = co_await t;
    CHECK(n == 3);
  });
}

TEST_CASE("the task is dead when its value is there") {
  in_process([]() -> process {
    auto t = spawn_task([] { return 3; });
    const pid who = t.process();
    CHECK(who);
    (void)co_await t;
    const bool alive = co_await is_alive(who);
    CHECK_FALSE(alive);
    CHECK_FALSE(t.process());
  });
}

TEST_CASE("C194 a task that fails kills its linked owner with its reason, which nothing catches") {
  spec::collected_reports reports;
  in_process([]() -> process {
    auto caught = spec::make_flag();
    auto [owner, watch] = spawn_monitor([caught]() -> process {
      auto t = spawn_task([] { exit(exit_reason("oops")); });
      try {
        co_await t;
      } catch (...) {
        caught->store(true);
      }
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("oops"));
    CHECK_FALSE(caught->load());
  });
}

TEST_CASE("C194 an owner that traps exits: await exits with the task's reason and an exited is queued") {
  spec::collected_reports reports;
  in_process([]() -> process {
    trap_exits();
    auto t = spawn_task([]() -> int { throw std::runtime_error("oops"); });
    const pid who = t.process();
    const exit_reason why = co_await reason_of([&]() -> task<> { (void)co_await t; });
    CHECK(why.is_error());
    CHECK(why.what() == "oops");
    const exited e = co_await receive<exited>(who);
    CHECK(e.why == why);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("C197 only the process that made a task may wait for it") {
  in_process([]() -> process {
    auto t = spawn_task([] { return 1; });
    const pid owner = self();
    auto [other, watch] = spawn_monitor(
        [owner](task_handle<int> t) -> process {
          int refused = 0;
          try {
            (void)co_await t;
          } catch (const task_owner_error&) {
            ++refused;
          }
          try {
            (void)co_await t.await(1s);
          } catch (const task_owner_error&) {
            ++refused;
          }
          try {
            (void)co_await t.within(1s);
          } catch (const std::invalid_argument&) {
            ++refused;
          }
          try {
            (void)co_await t.shutdown();
          } catch (const task_owner_error&) {
            ++refused;
          }
          send(owner, refused);
          (void)co_await t;  // and uncaught it ends the caller
        },
        std::move(t));
    spec::collected_reports reports;
    const int refused = co_await receive<int>();
    CHECK(refused == 4);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why.is_error());
    CHECK(spec::contains(why.what(), "only the process that made a task may wait for it"));
  });
}

TEST_CASE("C200 a failing unlinked task does not kill its owner; await exits with its reason") {
  spec::collected_reports reports;
  spec::in_simulation(seeds, []() -> process {
    auto t = spawn_task_unlinked([]() -> int { throw std::runtime_error("oops"); });
    co_await sleep(1s);
    const exit_reason why = co_await reason_of([&]() -> task<> { (void)co_await t; });
    CHECK(why.is_error());
    auto normal = spawn_task_unlinked([]() -> int { exit(reason::normal); });
    const exit_reason none = co_await reason_of([&]() -> task<> {
      (void)co_await normal;
      exit(exit_reason("not reached"));
    });
    CHECK(none == reason::normal);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("await gives up after five seconds, catchably, and no trace of the task comes later") {
  spec::in_simulation(seeds, []() -> process {
    {
      auto t = spawn_task(squared_after, 10s, 3);
      const auto begin = now();
      const exit_reason why = co_await reason_of([&]() -> task<> { (void)co_await t; });
      CHECK(why == reason::timeout);
      CHECK(now() - begin >= 5s);
      CHECK(now() - begin < 6s);
    }
    co_await sleep(10s);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("await with a limit of one's own; waiting again is allowed") {
  in_process([]() -> process {
    auto t = spawn_task(squared_when_told, 3);
    const exit_reason why = co_await reason_of([&]() -> task<> { (void)co_await t.await(1ms); });
    CHECK(why == reason::timeout);
    send(t.process(), go_on{});
    const int n = co_await t.await(infinity);
    CHECK(n == 9);
  });
}

TEST_CASE("C195 within gives nothing yet, then the value") {
  in_process([]() -> process {
    auto t = spawn_task(squared_when_told, 3);
    const std::optional<int> early = co_await t.within(0s);
    CHECK_FALSE(early.has_value());
    const std::optional<int> soon = co_await t.within(1ms);
    CHECK_FALSE(soon.has_value());
    send(t.process(), go_on{});
    const std::optional<int> value = co_await t.within(10s);
    CHECK(value == 9);
    auto v = spawn_task([]() -> task<> { co_await receive<go_on>(); });
    const bool no = co_await v.within(1ms);
    CHECK_FALSE(no);
    send(v.process(), go_on{});
    const bool yes = co_await v.within(10s);
    CHECK(yes);
  });
}

TEST_CASE("within exits with the reason of an unlinked task that failed") {
  in_process([]() -> process {
    auto t = spawn_task_unlinked([]() -> int { exit(exit_reason(7)); });
    const exit_reason why = co_await reason_of([&]() -> task<> { (void)co_await t.within(10s); });
    CHECK(why == exit_reason(7));
  });
}

TEST_CASE("a negative limit throws std::invalid_argument and loses nothing") {
  in_process([]() -> process {
    auto t = spawn_task(squared_after, 10ms, 2);
    int refused = 0;
    try {
      (void)co_await t.within(-1s);
    } catch (const std::invalid_argument&) {
      ++refused;
    }
    try {
      (void)co_await t.shutdown(-1s);
    } catch (const std::invalid_argument&) {
      ++refused;
    }
    CHECK(refused == 2);
    const int n = co_await t;
    CHECK(n == 4);
  });
}

TEST_CASE("a task inherits nothing but its parent, and reports name where it was spawned") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    auto t = spawn_task_unlinked([]() -> task<pid> { co_return (co_await inspect(self()))->parent; });
    const pid parent = co_await t;
    CHECK(parent == self());
    auto crash = spawn_task_unlinked([]() -> int { throw std::runtime_error("oops"); });
    const exit_reason why = co_await reason_of([&]() -> task<> { (void)co_await crash; });
    CHECK(why.is_error());
  });
  REQUIRE(reports.all().size() == 1);
  CHECK(spec::contains(reports.all()[0].spawned_at, "task_handle_test.cpp:"));
}

TEST_CASE("a task that condemned itself has no value, though its function returned") {
  in_process([]() -> process {
    auto t = spawn_task_unlinked([] {
      exit(self(), reason::kill);
      return 1;
    });
    const exit_reason why = co_await reason_of([&]() -> task<> { (void)co_await t; });
    CHECK(why == reason::killed);
  });
}

TEST_CASE("spawn_task outside a process throws not_a_process") {
  CHECK_THROWS_AS(spawn_task([] { return 1; }), not_a_process);
}

TEST_CASE("ten thousand tasks at once, and ten thousand in a row") {
  spec::in_run([]() -> process {
    const int n = spec::sized(10'000, 500);
    std::vector<task_handle<int>> tasks;
    for (int i = 0; i < n; ++i)
      tasks.push_back(spawn_task([](int i) { return i; }, i));
    long sum = 0;
    for (auto& t : tasks)
      sum += co_await t;
    CHECK(sum == static_cast<long>(n) * (n - 1) / 2);
    for (int i = 0; i < n; ++i)
      sum -= co_await spawn_task([](int i) { return i; }, i);
    CHECK(sum == 0);
    const bool clean = co_await no_trace();
    CHECK(clean);
    CHECK(processes().size() == 2);
  });
}
