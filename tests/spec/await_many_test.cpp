// Waiting for many tasks: await_many, yield_many. C195.
#include "spec.hpp"

namespace {

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(200, body);
}

struct go_on {};
constexpr int slow = 500;  // this one takes until it is told

task<int> after_ms(int ms) {
  if (ms == slow)
    co_await receive<go_on>();
  else
    co_await sleep(std::chrono::milliseconds(ms));
  co_return ms;
}

std::vector<task_handle<int>> tasks_of(std::initializer_list<int> pauses) {
  std::vector<task_handle<int>> tasks;
  for (const int ms : pauses)
    tasks.push_back(spawn_task_unlinked(after_ms, ms));
  return tasks;
}

}  // namespace

TEST_CASE("C195 await_many gives the values in the order of the handles") {
  in_process([]() -> process {
    auto tasks = tasks_of({30, 10, 20});
    const std::vector<int> values = co_await await_many(tasks);
    CHECK(values == std::vector<int>{30, 10, 20});
    std::vector<task_handle<>> nothing;
    nothing.push_back(spawn_task([] {}));
    nothing.push_back(spawn_task([]() -> task<> { co_await sleep(1ms); }));
    co_await await_many(nothing);
    std::vector<task_handle<int>> none;
    const auto empty = co_await await_many(none);
    CHECK(empty.empty());
  });
}

TEST_CASE("C195 await_many exits with the first failure at once, with timeout after its limit") {
  in_process([]() -> process {
    auto tasks = tasks_of({slow});
    tasks.push_back(spawn_task_unlinked([]() -> int { exit(exit_reason("bad")); }));
    const auto begin = now();
    exit_reason why;
    try {
      (void)co_await await_many(tasks);
    } catch (const exiting& e) {
      why = e.why();
    }
    CHECK(why == exit_reason("bad"));
    CHECK(now() - begin < 1s);
    auto late = tasks_of({1, slow, 2});
    try {
      (void)co_await await_many(late, 100ms);
    } catch (const exiting& e) {
      why = e.why();
    }
    CHECK(why == reason::timeout);
    send(late[1].process(), go_on{});
    const std::vector<int> values = co_await await_many(late);
    CHECK(values == std::vector<int>{1, slow, 2});
  });
}

TEST_CASE("C195 yield_many: what has ended in the order of the handles, the others later") {
  spec::collected_reports reports;
  in_process([]() -> process {
    auto tasks = tasks_of({10, slow, 20});
    tasks.push_back(spawn_task_unlinked([]() -> int { throw std::runtime_error("oops"); }));
    const auto fates = co_await yield_many(tasks, {.timeout = 1s});
    REQUIRE(fates.size() == 4);
    REQUIRE(fates[0]);
    CHECK(**fates[0] == 10);
    CHECK_FALSE(fates[1]);
    REQUIRE(fates[2]);
    CHECK(**fates[2] == 20);
    REQUIRE(fates[3]);
    CHECK(fates[3]->why().is_error());
    send(tasks[1].process(), go_on{});
    const int late = co_await tasks[1];
    CHECK(late == slow);
  });
}

TEST_CASE("C195 yield_many with a limit returns when so many have ended and leaves the others alone") {
  in_process([]() -> process {
    auto tasks = tasks_of({slow, 10, slow});
    const auto begin = now();
    const auto fates = co_await yield_many(tasks, {.limit = 1, .late = yield_many_options::late_fate::kill});
    CHECK(now() - begin < 400ms);
    CHECK_FALSE(fates[0]);
    CHECK(fates[1].has_value());
    send(tasks[0].process(), go_on{});
    const int late = co_await tasks[0];
    CHECK(late == slow);
  });
}

TEST_CASE("C195 yield_many kills the late ones, or lets them go, when told to") {
  in_process([]() -> process {
    auto tasks = tasks_of({slow, 10});
    const pid late = tasks[0].process();
    auto fates = co_await yield_many(tasks, {.timeout = 1s, .late = yield_many_options::late_fate::kill});
    CHECK_FALSE(fates[0]);
    CHECK(fates[1].has_value());
    const bool alive = co_await is_alive(late);
    CHECK_FALSE(alive);
    auto more = tasks_of({slow, 10});
    const pid free = more[0].process();
    fates = co_await yield_many(more, {.timeout = 1s, .late = yield_many_options::late_fate::detach});
    CHECK_FALSE(fates[0]);
    CHECK_FALSE(more[0].process());
    const monitor_ref watch = monitor(free);
    send(free, go_on{});
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
  });
}
