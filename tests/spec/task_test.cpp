// task<T>: helpers to await inside a process. api.md "Two coroutine types"
#include "spec.hpp"

#include <unistd.h>
#include <fstream>

namespace {

task<int> add_one(int n) { co_return n + 1; }
task<> nothing() { co_return; }

task<int> sum_down(int n) {
  if (n == 0) {
    co_await yield();
    co_return 0;
  }
  co_return co_await sum_down(n - 1) + 1;
}

struct counter_guard {
  std::shared_ptr<std::atomic<int>> alive;
  explicit counter_guard(std::shared_ptr<std::atomic<int>> a) : alive(std::move(a)) { ++*alive; }
  counter_guard(const counter_guard&) = delete;
  counter_guard& operator=(const counter_guard&) = delete;
  ~counter_guard() { --*alive; }
};

struct ready {};

task<> nest_and_wait(int n, std::shared_ptr<std::atomic<int>> alive, pid tell) {
  const counter_guard guard(alive);
  if (n > 1) {
    co_await nest_and_wait(n - 1, alive, tell);
  } else {
    send(tell, ready{});
    co_await sleep(infinity);
  }
}

task<> nest_and_throw(int n) {
  if (n == 0)
    throw std::runtime_error("from the bottom");
  co_await nest_and_throw(n - 1);
}

std::size_t resident_bytes() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

TEST_CASE("a task gives its value to who awaits it") {
  spec::in_process([]() -> process {
    const int two = co_await add_one(1);
    CHECK(two == 2);
    auto owned = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(3); };
    const std::unique_ptr<int> three = co_await owned();
    CHECK(*three == 3);
    int n = 0;
    auto reference = [](int& r) -> task<int&> { co_return r; };
    int& same = co_await reference(n);
    CHECK(&same == &n);
    co_await nothing();
  });
}

TEST_CASE("a task is lazy: it runs when it is awaited") {
  spec::in_process([]() -> process {
    bool ran = false;
    auto set = [](bool& flag) -> task<> {
      flag = true;
      co_return;
    };
    task<> later = set(ran);
    co_await yield();
    CHECK_FALSE(ran);
    co_await std::move(later);
    CHECK(ran);
    { const task<> never = set(ran = false); }
    CHECK_FALSE(ran);
  });
}

TEST_CASE("an exception in a task comes out of its co_await, before or after a suspension") {
  spec::in_process([]() -> process {
    auto fail = [](bool suspend_first) -> task<int> {
      if (suspend_first)
        co_await sleep(1ms);
      throw std::runtime_error("oops");
    };
    for (const bool suspend_first : {false, true}) {
      std::string what;
      try {
        (void)co_await fail(suspend_first);
      } catch (const std::runtime_error& e) {
        what = e.what();
      }
      CHECK(what == "oops");
    }
  });
}

TEST_CASE("self in a task is the awaiting process") {
  spec::in_process([]() -> process {
    auto who = []() -> task<pid> {
      co_await yield();
      co_return self();
    };
    const pid me = co_await who();
    CHECK(me == self());
  });
}

TEST_CASE("a deep chain of awaits returns, throws and unwinds without recursion, on threads of 256 KiB") {
  static constexpr int depth = spec::sized(100'000, 20'000);
  spec::in_run(run_options{.stack_size = 256 * 1024}, []() -> process {
    const int sum = co_await sum_down(depth);
    CHECK(sum == depth);
  });
}

TEST_CASE("an exception climbs a deep chain of awaits") {
  static constexpr int depth = 1000;  // every level rethrows: the cost is the exception's
  spec::in_run(run_options{.stack_size = 256 * 1024}, []() -> process {
    bool caught = false;
    try {
      co_await nest_and_throw(depth);
    } catch (const std::runtime_error&) {
      caught = true;
    }
    CHECK(caught);
  });
}

TEST_CASE("10^5 nested awaits are destroyed by a kill without recursion, on threads of 256 KiB") {
  static constexpr int depth = 100'000;
  spec::in_run(run_options{.stack_size = 256 * 1024}, []() -> process {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    auto [p, watch] = spawn_monitor([alive, to = self()]() -> process { co_await nest_and_wait(depth, alive, to); });
    (void)co_await receive<ready>();
    CHECK(alive->load() == depth);
    exit(p, reason::kill);
    (void)co_await receive<down>(watch);
    CHECK(alive->load() == 0);
  });
}

TEST_CASE("10^5 nested awaits are destroyed at the end of run") {
  const auto alive = std::make_shared<std::atomic<int>>(0);
  spec::in_run(run_options{.stack_size = 256 * 1024}, [alive]() -> process {
    spawn([alive, to = self()]() -> process { co_await nest_and_wait(100'000, alive, to); });
    (void)co_await receive<ready>();
  });
  CHECK(alive->load() == 0);
}

TEST_CASE("10^7 awaited tasks and 10^7 receives keep memory flat") {
  static constexpr int rounds = spec::sized(10'000'000, 200'000);
  spec::in_run([]() -> process {
    auto some = [](int n) -> task<int> {
      int sum = 0;
      for (int i = 0; i < n; ++i) {
        sum = co_await add_one(sum);
        if (i % 16 == 0) {
          send(self(), i);
          (void)co_await receive<int>();
        }
      }
      co_return sum;
    };
    (void)co_await some(10'000);
    const std::size_t before = resident_bytes();
    const int sum = co_await some(rounds);
    CHECK(sum == rounds);
    if (!spec::sanitized)
      CHECK(resident_bytes() < before + (std::size_t{4} << 20));
  });
}

TEST_CASE("a loop that only awaits ready tasks can be killed") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([]() -> process {
      while (true)
        co_await nothing();
    });
    exit(p, reason::kill);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
  });
}

TEST_CASE("tasks in one process do not disturb another's") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 50; ++i)
      spawn([to = self(), i]() -> process { send(to, std::pair(i, co_await sum_down(i))); });
    for (int i = 0; i < 50; ++i) {
      const auto [depth, sum] = co_await receive<std::pair<int, int>>();
      REQUIRE(depth == sum);
    }
  });
}

TEST_CASE("a task that is awaited twice is an error in the caller") {
  spec::in_process([]() -> process {
    task<int> t = add_one(1);
    const task<int> moved = std::move(t);
    bool thrown = false;
    try {
      (void)co_await t;
    } catch (const std::logic_error&) {
      thrown = true;
    }
    CHECK(thrown);
  });
}
