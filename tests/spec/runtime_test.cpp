// runtime: Brood inside another program, used from its threads. api.md "Running"
#include "spec.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace {

struct question {
  int n = 0;
  std::shared_ptr<std::atomic<int>> to;
};

process squares() {
  while (true)
    co_await receive([](question q) { q.to->store(q.n * q.n); });
}

// What a callback on a scheduler thread leaves for the test's thread.
class mail_slot {
 public:
  void put(down d) {
    std::lock_guard lock(mutex_);
    got_.push_back(std::move(d));
    arrived_.notify_all();
  }
  std::optional<down> wait(std::size_t n = 1) {
    std::unique_lock lock(mutex_);
    if (!arrived_.wait_for(lock, 10s, [&] { return got_.size() >= n; }))
      return std::nullopt;
    return got_[n - 1];
  }
  std::size_t count() {
    std::lock_guard lock(mutex_);
    return got_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<down> got_;
};

}  // namespace

TEST_CASE("a runtime spawns, and wait gives the reason a process ended with") {
  spec::collected_reports reports;
  runtime rt;
  CHECK(rt.wait(rt.spawn([] {})) == reason::normal);
  const pid late = rt.spawn(
      [](int n) -> process {
        co_await sleep(5ms);
        exit(exit_reason(n));
      },
      3);
  CHECK(rt.wait(late) == exit_reason(3));
  const pid throws = rt.spawn([]() -> process {
    co_await sleep(5ms);
    throw std::runtime_error("oops");
  });
  const exit_reason why = rt.wait(throws);
  CHECK(why.is_error());
  CHECK(spec::contains(why.what(), "oops"));
}

TEST_CASE("wait for a process that is dead already gives noproc") {
  runtime rt;
  const pid p = rt.spawn([] {});
  (void)rt.wait(p);
  CHECK(rt.wait(p) == reason::noproc);
  CHECK(rt.wait(pid{}) == reason::noproc);
}

TEST_CASE("a thread sends to processes through the runtime, by pid and by name") {
  runtime rt{run_options{.grace = 50ms}};
  const pid server = rt.spawn(squares);
  const auto answer = std::make_shared<std::atomic<int>>(0);
  rt.send(server, question{7, answer});
  while (answer->load() != 49)
    std::this_thread::yield();
  const auto named = std::make_shared<std::atomic<bool>>(false);
  rt.spawn([named]() -> process {
    register_name("spec rt", self());
    named->store(true);
    co_await sleep(infinity);
  });
  while (!named->load())
    std::this_thread::yield();
  rt.send("spec rt", "hello");
  CHECK_THROWS_AS(rt.send("spec rt nobody", 1), bad_name);
}

TEST_CASE("messages of one thread arrive in order") {
  runtime rt;
  const auto in_order = std::make_shared<std::atomic<bool>>(true);
  const pid p = rt.spawn([in_order]() -> process {
    for (int n = 0; n < 10'000; ++n)
      if (co_await receive<int>() != n)
        in_order->store(false);
  });
  for (int n = 0; n < 10'000; ++n)
    rt.send(p, n);
  CHECK(rt.wait(p) == reason::normal);
  CHECK(in_order->load());
}

TEST_CASE("several threads are clients at once") {
  runtime rt;
  const auto sum = std::make_shared<std::atomic<long>>(0);
  const pid p = rt.spawn([sum]() -> process {
    for (int n = 0; n < 4 * 1000; ++n)
      *sum += co_await receive<int>();
  });
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c)
    clients.emplace_back([&rt, p] {
      for (int n = 0; n < 1000; ++n) {
        rt.send(p, n);
        if (n % 100 == 0)
          (void)rt.wait(rt.spawn([]() -> process { co_await yield(); }));
      }
    });
  for (std::thread& t : clients)
    t.join();
  CHECK(rt.wait(p) == reason::normal);
  CHECK(sum->load() == 4 * 999 * 1000 / 2);
}

TEST_CASE("monitor calls back once with the process and its reason") {
  mail_slot slot;
  {
    runtime rt;
    const pid p = rt.spawn([]() -> process {
      while ((co_await inspect(self()))->monitored_by.empty())  // monitor returns before it has arrived
        co_await sleep(1ms);
      exit(exit_reason("boom"));
    });
    rt.monitor(p, [&slot](const down& d) { slot.put(d); });
    const std::optional<down> d = slot.wait();
    REQUIRE(d);
    CHECK(d->who == p);
    CHECK(d->why == exit_reason("boom"));
    rt.monitor(p, [&slot](const down& again) { slot.put(again); });
    const std::optional<down> dead = slot.wait(2);
    REQUIRE(dead);
    CHECK(dead->why == reason::noproc);
  }
  CHECK(slot.count() == 2);
}

TEST_CASE("stop shuts all down and destroys every frame; again it does nothing; so does the destructor") {
  const auto token = std::make_shared<const int>(1);
  {
    runtime rt{run_options{.grace = 50ms}};
    for (int i = 0; i < 10; ++i)
      rt.send(rt.spawn([token]() -> process { co_await sleep(infinity); }), token);
    rt.stop();
    CHECK(token.use_count() == 1);
    rt.stop();
  }
  {
    runtime rt{run_options{.grace = 50ms}};
    rt.spawn([token]() -> process { co_await sleep(infinity); });
  }
  CHECK(token.use_count() == 1);
}

TEST_CASE("one runtime at a time: a second, or run, throws std::logic_error; afterwards it is fine") {
  {
    runtime rt;
    CHECK_THROWS_AS(runtime{}, std::logic_error);
    CHECK_THROWS_AS(run([] {}), std::logic_error);
    CHECK(rt.wait(rt.spawn([] {})) == reason::normal);
  }
  runtime again;
  CHECK(again.wait(again.spawn([] {})) == reason::normal);
}

TEST_CASE("a thread outside is no process: self throws") {
  runtime rt;
  CHECK_THROWS_AS(self(), not_a_process);
}
