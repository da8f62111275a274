// work_pool: bounds kept, one outcome a job however it ends. C217's pool, on this layer.
#include "eventually.hpp"

#include <map>

namespace {

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(100, body);
}

int square(int n) { return n * n; }

task<int> square_after_ms(int n) {
  co_await sleep(std::chrono::milliseconds(n));
  co_return n* n;
}

// A job that runs until it is told to go on.
struct go_on {};
auto held(std::string name = {}) {
  return [name]() -> task<int> {
    if (!name.empty())
      register_name(name, self());
    (void)co_await receive<go_on>();
    co_return 1;
  };
}

task<> until(const work_pool& pool, bool (*holds)(const pool_info&)) {
  while (true) {
    const pool_info now = co_await pool.progress();
    if (holds(now))
      co_return;
    co_await sleep(1ms);
  }
}

task<bool> no_trace() {
  const std::optional<process_info> me = co_await inspect(self());
  co_return me->mailbox_length == 0 && me->monitors.empty();
}

}  // namespace

TEST_CASE("run gives the job's value") {
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link();
    const outcome<int> n = co_await pool.run(square, 7);
    REQUIRE(n);
    CHECK(*n == 49);
    const outcome<int> later = co_await pool.run(square_after_ms, 3);
    CHECK(later.value_or(0) == 9);
    const outcome<std::unique_ptr<int>> owned =
        co_await pool.run([](std::unique_ptr<int> p) { return p; }, std::make_unique<int>(5));
    REQUIRE(owned);
    CHECK(**owned == 5);
    auto ran = std::make_shared<std::atomic<int>>(0);
    const outcome<> nothing = co_await pool.run([ran] { ++*ran; });
    CHECK(nothing);
    const outcome<> body = co_await pool.run([ran]() -> process {
      co_await sleep(1ms);
      ++*ran;
    });
    CHECK(body);
    CHECK(ran->load() == 2);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("exactly one outcome a job: value, exception, exit, exit(normal), kill") {
  spec::collected_reports reports;
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 2});
    const outcome<int> thrown = co_await pool.run([]() -> int { throw std::runtime_error("oops"); });
    CHECK_FALSE(thrown);
    CHECK(thrown.why().what() == "oops");
    const outcome<int> why = co_await pool.run([]() -> int { exit(exit_reason(3)); });
    CHECK(why.why() == exit_reason(3));
    const outcome<int> normal = co_await pool.run([]() -> int { exit(reason::normal); });
    CHECK_FALSE(normal);
    CHECK(normal.why() == reason::normal);
    const outcome<> normal_void = co_await pool.run([] { exit(reason::normal); });
    CHECK_FALSE(normal_void);
    const outcome<int> killed = co_await pool.run([]() -> task<int> {
      exit(self(), reason::kill);
      co_await sleep(infinity);
      co_return 1;
    });
    CHECK(killed.why() == reason::killed);
    const pool_info info = co_await pool.progress();
    CHECK(info.failed == 5);
    CHECK(info.succeeded == 0);
    const outcome<int> alive = co_await pool.run(square, 2);
    CHECK(alive.value_or(0) == 4);
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("submit gives a ref at once and one job_done with it later") {
  spec::collected_reports reports;
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 3});
    std::map<ref, int> expected;
    for (int n = 0; n < 20; ++n) {
      const outcome<ref> job = co_await pool.submit(
          [](int n) -> int {
            if (n % 5 == 1)
              throw std::runtime_error("oops");
            if (n % 5 == 2)
              exit(reason::normal);
            return n;
          },
          n);
      REQUIRE(job);
      CHECK(expected.emplace(*job, n).second);
    }
    while (!expected.empty()) {
      auto done = co_await receive<job_done<int>>();
      const auto found = expected.find(done.job);
      REQUIRE(found != expected.end());
      const int n = found->second;
      expected.erase(found);
      if (n % 5 == 1)
        CHECK(done.result.why().what() == "oops");
      else if (n % 5 == 2)
        CHECK((!done.result && done.result.why() == reason::normal));
      else
        CHECK(done.result.value_or(-1) == n);
    }
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("never more than `workers` run, never more than `queue` wait; who has more to do is blocked") {
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 2, .queue = 3});
    for (int i = 0; i < 5; ++i) {
      const outcome<ref> placed = co_await pool.submit(held("job" + std::to_string(i)));
      CHECK(placed);
    }
    const outcome<ref> full = co_await pool.try_submit(held());
    REQUIRE_FALSE(full);
    CHECK(full.why() == reason::overload);
    const pid me = self();
    spawn([pool, me]() -> process {
      const outcome<ref> placed = co_await pool.submit(held("last"));
      send(me, placed.has_value());
      (void)co_await receive<job_done<int>>();
    });
    co_await until(pool, [](const pool_info& now) { return now.blocked == 1; });
    pool_info info = co_await pool.progress();
    CHECK(info.workers == 2);
    CHECK(info.running == 2);
    CHECK(info.waiting == 3);
    const auto early = co_await receive<bool>(within(0s));
    CHECK_FALSE(early.has_value());
    while (!whereis("job0"))
      co_await yield();
    send("job0", go_on{});
    const bool placed = co_await receive<bool>();
    CHECK(placed);
    for (const char* name : {"job1", "job2", "job3", "job4", "last"}) {
      while (!whereis(name))
        co_await yield();
      info = co_await pool.progress();
      CHECK(info.running <= 2);
      CHECK(info.waiting <= 3);
      send(name, go_on{});
    }
    for (int i = 0; i < 5; ++i)
      (void)co_await receive<job_done<int>>();
    co_await until(pool, [](const pool_info& now) { return now.succeeded == 6; });
  });
}

TEST_CASE("a pool without a queue: a job is placed when a worker is free") {
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 1, .queue = 0});
    (void)*co_await pool.submit(held("only"));
    const outcome<ref> full = co_await pool.try_submit(square, 1);
    CHECK(full.why() == reason::overload);
    const pid me = self();
    for (int i = 0; i < 3; ++i)
      spawn([pool, me, i]() -> process { send(me, (co_await pool.run(square, i)).value_or(-1)); });
    co_await until(pool, [](const pool_info& now) { return now.blocked == 3; });
    while (!whereis("only"))
      co_await yield();
    send("only", go_on{});
    int sum = 0;
    for (int i = 0; i < 3; ++i)
      sum += co_await receive<int>();
    CHECK(sum == 5);
  });
}

TEST_CASE("a job that takes longer than the pool's timeout is killed: its outcome is timeout") {
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 2, .timeout = 1s});
    const outcome<> late = co_await pool.run([]() -> task<> {
      trap_exits();
      co_await sleep(infinity);
    });
    CHECK_FALSE(late);
    CHECK(late.why() == reason::timeout);
    const outcome<int> quick = co_await pool.run(square, 3);
    CHECK(quick.value_or(0) == 9);
    (void)*co_await pool.submit([]() -> task<> { co_await sleep(infinity); });
    const auto done = co_await receive<job_done<>>();
    CHECK(done.result.why() == reason::timeout);
  });
}

TEST_CASE("the client of run is gone: its job is killed, or never begun; the pool goes on") {
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 1, .queue = 2});
    auto alive = std::make_shared<std::atomic<int>>(0);
    std::vector<pid> clients;
    for (int i = 0; i < 5; ++i)
      clients.push_back(spawn([pool, alive]() -> process {
        (void)co_await pool.run([alive]() -> task<> {
          ++*alive;
          const spec::on_destruction gone([alive] { --*alive; });
          co_await sleep(infinity);
        });
      }));
    co_await until(pool, [](const pool_info& now) { return now.running == 1 && now.waiting == 2 && now.blocked == 2; });
    for (const pid c : clients)
      exit(c, reason::kill);
    co_await until(pool, [](const pool_info& now) { return now.running + now.waiting + now.blocked == 0; });
    CHECK(alive->load() == 0);
    const pool_info info = co_await pool.progress();
    CHECK(info.failed + info.abandoned == 5);
    const outcome<int> n = co_await pool.run(square, 2);
    CHECK(n.value_or(0) == 4);
  });
}

TEST_CASE("the client of a submitted job is gone: the job runs all the same") {
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 1});
    auto ran = spec::make_flag();
    const pid client = spawn([pool, ran]() -> process {
      for (int i = 0; i < 3; ++i)
        (void)co_await pool.submit([ran, i]() -> task<> {
          co_await sleep(1ms);
          if (i == 2)
            ran->store(true);
        });
    });
    const exit_reason why = co_await spec::end_of(client);
    CHECK((why == reason::normal || why == reason::noproc));
    co_await until(pool, [](const pool_info& now) { return now.succeeded == 3; });
    CHECK(ran->load());
  });
}

TEST_CASE("a pool that is stopped ends its jobs; each client has its outcome, nobody is left") {
  in_process([]() -> process {
    trap_exits();
    const std::size_t before = processes().size();
    const work_pool pool = *co_await work_pool::start_link({.workers = 1, .queue = 2});
    auto forever = []() -> task<int> {
      trap_exits();
      co_await sleep(infinity);
      co_return 1;
    };
    (void)*co_await pool.submit(forever);
    (void)*co_await pool.submit(forever);
    const pid me = self();
    for (int i = 0; i < 2; ++i)
      spawn([=]() -> process { send(me, (co_await pool.run(forever)).why()); });
    co_await until(pool, [](const pool_info& now) { return now.waiting == 2 && now.blocked == 1; });
    const outcome<> stopped = co_await stop_server(pool.process(), reason::shutdown);
    CHECK(stopped);
    for (int i = 0; i < 2; ++i) {
      const auto done = co_await receive<job_done<int>>(within(10s));
      REQUIRE(done);
      CHECK(done->result.why() == reason::shutdown);
      const auto why = co_await receive<exit_reason>(within(10s));
      REQUIRE(why);
      CHECK(*why == reason::shutdown);
    }
    co_await spec::eventually([&] { return processes().size() <= before; });
    CHECK(processes().size() == before);
    const outcome<int> dead = co_await pool.run(square, 1);
    CHECK(dead.why() == reason::noproc);
    const outcome<ref> none = co_await pool.submit(square, 1);
    CHECK(none.why() == reason::noproc);
  });
}

TEST_CASE("a pool that is killed takes its jobs along; each client has its outcome") {
  in_process([]() -> process {
    trap_exits();
    const std::size_t before = processes().size();
    const work_pool pool = *co_await work_pool::start_link({.workers = 2, .queue = 2});
    auto forever = []() -> task<int> {
      trap_exits();
      co_await sleep(infinity);
      co_return 1;
    };
    for (int i = 0; i < 3; ++i)
      (void)*co_await pool.submit(forever);
    const pid me = self();
    spawn([=]() -> process { send(me, (co_await pool.run(forever)).why()); });
    co_await until(pool, [](const pool_info& now) { return now.running + now.waiting == 4; });
    exit(pool.process(), reason::kill);
    for (int i = 0; i < 3; ++i) {
      const auto done = co_await receive<job_done<int>>(within(10s));
      REQUIRE(done);
      CHECK(done->result.why() == reason::killed);
    }
    const auto why = co_await receive<exit_reason>(within(10s));
    REQUIRE(why);
    CHECK(*why == reason::killed);
    (void)co_await receive<exited>(pool.process());
    co_await spec::eventually([&] { return processes().size() <= before; });
    CHECK(processes().size() == before);
  });
}

TEST_CASE("a watcher sees how far the pool is, until it has seen enough") {
  spec::in_simulation(50, []() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 1});
    pool.watch(10ms);
    pool_info seen = co_await receive<pool_info>();
    CHECK(seen.succeeded == 0);
    for (int n = 0; n < 5; ++n)
      (void)co_await pool.submit([]() -> task<> { co_await sleep(10ms); });
    std::size_t last = 0;
    while (last < 5) {
      seen = co_await receive<pool_info>();
      CHECK(seen.succeeded >= last);
      CHECK(seen.running + seen.waiting + seen.succeeded == 5);
      last = seen.succeeded;
    }
    pool.watch(infinity);
    (void)co_await pool.progress();
    while (co_await receive<pool_info>(within(0s))) {}
    co_await sleep(1s);
    const auto more = co_await receive<pool_info>(within(0s));
    CHECK_FALSE(more.has_value());
    CHECK_THROWS_AS(pool.watch(0s), std::invalid_argument);
    for (int n = 0; n < 5; ++n)
      (void)co_await receive<job_done<>>();
    const bool clean = co_await no_trace();
    CHECK(clean);
  });
}

TEST_CASE("a dead watcher is forgotten") {
  spec::in_simulation(20, []() -> process {
    const work_pool pool = *co_await work_pool::start_link();
    const pid watcher = spawn([pool]() -> process {
      pool.watch(1ms);
      (void)co_await receive<pool_info>();
    });
    (void)co_await spec::end_of(watcher);
    co_await sleep(10ms);
    const std::optional<process_info> info = co_await inspect(pool.process());
    REQUIRE(info);
    CHECK(info->monitors.empty());
    CHECK(info->mailbox_length == 0);
  });
}

TEST_CASE("the pool may have a name: a second start finds it, and there is no extra process") {
  in_process([]() -> process {
    const work_pool pool = *co_await work_pool::start_link(start_options{.name = "pool"}, {});
    const std::size_t before = processes().size();
    const outcome<work_pool> second = co_await work_pool::start_link(start_options{.name = "pool"}, {});
    REQUIRE_FALSE(second);
    CHECK(second.why() == exit_reason(already_started{pool.process()}));
    CHECK(processes().size() == before);
    CHECK(work_pool(*whereis("pool")) == pool);
  });
}
