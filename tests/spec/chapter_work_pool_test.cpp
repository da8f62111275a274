// The course's work pool and the one it promises, examples/chapter/: each mistake, then its cure. semantics.md S45-S53, C217
#include "../../examples/chapter/faithful_work_pool.hpp"
#include "../../examples/chapter/work_pool_client.hpp"
#include "spec.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>

namespace {

using bounded::limits;
using bounded::load;
using bounded::load_of;

int twice_the_square(int x) { return 2 * x * x; }
int square(int x) { return x * x; }
int crash(int) { throw std::runtime_error("oops"); }
int leave(int) { exit(reason::normal); }
long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

std::vector<long> fibs(int from, int to) {
  std::vector<long> all;
  for (int n = from; n <= to; ++n)
    all.push_back(fib(n));
  return all;
}

task<int> sleeps(process_clock::duration how_long, int result) {
  co_await sleep(how_long);
  co_return result;
}

task<> until_producers_wait(pid pool, std::size_t n) {
  while ((co_await load_of(pool)).producers_waiting != n)
    co_await sleep(1ms);
}

// So that the death of a scheduler is the test's to see and not the test's own.
template <class Body>
task<exit_reason> end_of_starter(Body body) {
  auto [starter, watch] = spawn_monitor(body);
  const down end = co_await receive<down>(watch);  // named, as in spec.hpp: g++ 14
  co_return end.why;
}

}  // namespace

TEST_CASE("C217 the course: results, a failure's text, and a scheduler that survives it") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    faithful::start();
    faithful::queue(twice_the_square, 4);
    const int first = co_await receive<int>();
    faithful::queue(crash, 0);
    const auto [text] = co_await receive<faithful::failure>();
    const bool alive = co_await is_alive(*whereis("scheduler"));
    faithful::queue(square, 7);
    const int second = co_await receive<int>();
    CHECK(first == 32);
    CHECK(text == "pool worker died: ** (std::runtime_error) oops");
    CHECK(alive);
    CHECK(second == 49);
  });
}

TEST_CASE("C217 the course: queue before start fails in the client") {
  spec::in_simulation(3, []() -> process {
    CHECK_THROWS_AS(faithful::queue(square, 7), bad_name);
    co_return;
  });
}

TEST_CASE("S45 the course: a job that exits normally is never heard of") {
  spec::in_simulation(20, []() -> process {
    faithful::start();
    faithful::queue(leave, 0);
    const auto answer = co_await receive<int, faithful::failure>(within(1h));
    CHECK(!answer);
  });
}

TEST_CASE("S45 bounded: a job that exits normally has failed, and says so") {
  spec::in_simulation(20, []() -> process {
    pid pool = bounded::start("pool", {.workers = 2, .queue = 2});
    const ref tag = co_await bounded::submit(pool, leave, 0);
    const outcome<int> result = co_await bounded::outcome_of<int>(pool, tag);
    CHECK(!result);
    CHECK(result.why() == reason::normal);
  });
}

TEST_CASE("S45 the course: the failure of a job whose client's name is gone ends the scheduler and its starter") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    const exit_reason why = co_await end_of_starter([]() -> process {
      faithful::start();
      faithful::queue(crash, 0, "nobody");
      co_await sleep(1h);
    });
    CHECK(why.is_error());
    CHECK(spec::contains(why.what(), "nobody"));
    CHECK(!whereis("scheduler"));
  });
}

TEST_CASE("S45 bounded: the failure of a job whose client is gone harms nobody") {
  spec::collected_reports reports;
  spec::in_simulation(20, []() -> process {
    pid pool = bounded::start("pool", {.workers = 2, .queue = 2});
    auto [client, watch] = spawn_monitor([pool]() -> process { co_await bounded::submit(pool, crash, 0); });
    co_await receive<down>(watch);
    const ref tag = co_await bounded::submit(pool, square, 7);
    const outcome<int> result = co_await bounded::outcome_of<int>(pool, tag);
    CHECK(*result == 49);
  });
}

TEST_CASE("C217 the course: started twice it throws, and leaves a scheduler that nobody can find") {
  spec::in_simulation(20, []() -> process {
    faithful::start();
    CHECK_THROWS_AS(faithful::start(), bad_name);
    const auto me = co_await inspect(self());
    CHECK(me->links.size() == 2);
  });
}

TEST_CASE("C217 bounded: started twice, or by many at once, it is one pool") {
  spec::in_simulation(50, []() -> process {
    for (int starters = 0; starters < 5; ++starters)
      spawn_link([test = self()]() -> process {
        send(test, bounded::start("pool", {.workers = 1, .queue = 1}));
        co_await sleep(infinity);
      });
    const pid first = co_await receive<pid>();
    const std::size_t alive = processes().size();
    for (int others = 1; others < 5; ++others) {
      const pid other = co_await receive<pid>();
      CHECK(other == first);
    }
    CHECK(processes().size() <= alive + 4);
    const auto pool = co_await inspect(first);
    CHECK(pool->links.size() == 1);
  });
}

TEST_CASE("S46 the course: a thousand jobs are a thousand processes at once") {
  spec::in_simulation(1, []() -> process {
    faithful::start();
    const std::size_t before = processes().size();
    for (int n = 0; n < 1000; ++n)
      faithful::queue([](int) { return 0; }, 0);
    std::size_t most = 0;
    for (int results = 0; results < 1000; ++results) {
      co_await receive<int>();
      most = std::max(most, processes().size() - before);
    }
    CHECK(most > 100);
  });
}

TEST_CASE("S46 bounded: never more than its workers run, never more than its queue wait, whoever brings how much") {
  spec::in_simulation(30, []() -> process {
    pid pool = bounded::start("pool", {.workers = 3, .queue = 5});
    for (int producer = 0; producer < 10; ++producer)
      spawn_link([pool, test = self()]() -> process {
        std::vector<ref> tags;
        for (int n = 1; n <= 10; ++n)
          tags.push_back(co_await bounded::submit(pool, sleeps, 1ms * n, n));
        int sum = 0;
        for (ref tag : tags)
          sum += *co_await bounded::outcome_of<int>(pool, tag);
        const std::size_t unread = co_await spec::unread();
        send(test, unread == 0 ? sum : -1);
      });
    for (int producer = 0; producer < 10; ++producer) {
      const int sum = co_await receive<int>();
      CHECK(sum == 55);
    }
    while ((co_await load_of(pool)).running > 0)  // a result is there before the pool has heard of its worker's end
      co_await sleep(1ms);
    const load after = co_await load_of(pool);
    CHECK(after.queued == 0);
    CHECK(after.producers_waiting == 0);
    CHECK(after.most_running == 3);
    CHECK(after.most_queued == 5);
  });
}

TEST_CASE("S46 bounded: many jobs on real schedulers, each with its own outcome, within the limits") {
  spec::in_run([]() -> process {
    constexpr int producers = 10;
    static constexpr int each = spec::sized(10'000, 300);
    pid pool = bounded::start("pool", {.workers = 4, .queue = 4});
    for (int producer = 0; producer < producers; ++producer)
      spawn_link([pool, test = self()]() -> process {
        int right = 0;
        for (int n = 0; n < each; ++n) {
          const ref tag = co_await bounded::submit(pool, square, n % 1000);
          right += *co_await bounded::outcome_of<int>(pool, tag) == square(n % 1000);
        }
        send(test, right);
      });
    for (int producer = 0; producer < producers; ++producer) {
      const int right = co_await receive<int>();
      CHECK(right == each);
    }
    const load after = co_await load_of(pool);
    CHECK(after.most_running <= 4);
    CHECK(after.most_queued <= 4);
  });
}

TEST_CASE("S46 bounded: a full pool refuses the impatient, keeps the patient waiting, and takes them in when a job ends") {
  spec::in_simulation(20, []() -> process {
    pid pool = bounded::start("pool", {.workers = 1, .queue = 1});
    (void)co_await bounded::submit(pool, sleeps, 1s, 1);
    (void)co_await bounded::submit(pool, sleeps, 1s, 2);
    const auto refused = co_await bounded::try_submit(pool, sleeps, 1s, 3);
    CHECK(!refused);
    const auto start = now();
    const ref third = co_await bounded::submit(pool, sleeps, 1s, 4);
    CHECK(now() - start >= 1s);
    CHECK(now() - start < 1100ms);
    const outcome<int> result = co_await bounded::outcome_of<int>(pool, third);
    CHECK(*result == 4);
    const auto taken = co_await bounded::try_submit(pool, sleeps, 1s, 5);
    CHECK(taken);
  });
}

TEST_CASE("S46 bounded: without a queue a job has a place when a worker is free") {
  spec::in_simulation(20, []() -> process {
    pid pool = bounded::start("pool", {.workers = 1, .queue = 0});
    const auto first = co_await bounded::try_submit(pool, sleeps, 1s, 1);
    const auto second = co_await bounded::try_submit(pool, sleeps, 1s, 2);
    const ref third = co_await bounded::submit(pool, sleeps, 1s, 3);
    const outcome<int> result = co_await bounded::outcome_of<int>(pool, third);
    CHECK(first);
    CHECK(!second);
    CHECK(*result == 3);
  });
}

TEST_CASE("bounded: when the pool is killed, its workers die and everybody who waits for it is told") {
  spec::in_simulation(20, []() -> process {
    auto [pool, watch] = spawn_monitor(bounded::pool, limits{.workers = 1, .queue = 0});
    auto ended = spec::make_flag();
    const ref tag = co_await bounded::submit(pool, [ended]() -> task<int> {
      spec::on_destruction mark([ended] { ended->store(true); });
      co_await sleep(infinity);
      co_return 0;
    });
    auto [producer, its_watch] = spawn_monitor([pool = pool]() -> process { co_await bounded::submit(pool, square, 1); });
    co_await until_producers_wait(pool, 1);
    exit(pool, reason::kill);
    const exit_reason why_producer = co_await spec::end_of(its_watch);
    const outcome<int> result = co_await bounded::outcome_of<int>(pool, tag);
    CHECK(why_producer == reason::killed);
    CHECK(!result);
    co_await spec::until(ended);
  });
}

TEST_CASE("bounded: the pool ends with whoever started it") {
  spec::in_simulation(20, []() -> process {
    const exit_reason why = co_await end_of_starter([]() -> process {
      bounded::start("pool", {.workers = 1, .queue = 1});
      exit(exit_reason("closing time"));
      co_return;
    });
    CHECK(why == exit_reason("closing time"));
    while (whereis("pool"))
      co_await yield();
  });
}

TEST_CASE("S52 the course: fib(5) to fib(35) arrive, each once, in some order") {
  static const int last = spec::sized(35, 25);
  static const std::vector<long> expected = fibs(5, last);
  auto ordered = std::make_shared<int>(0);
  spec::in_simulation(spec::sized(5, 20), [ordered]() -> process {
    faithful::start();
    for (int n = 5; n <= last; ++n)
      faithful::queue(fib, n);
    std::vector<long> results;
    while (results.size() < expected.size())
      results.push_back(co_await receive<long>());
    *ordered += results == expected;
    std::ranges::sort(results);
    CHECK(results == expected);
  });
  CHECK(*ordered < spec::sized(5, 20));  // not the order of submission, as the course shows
}

TEST_CASE("S52 bounded: fib(5) to fib(35), each found by its tag") {
  static const int last = spec::sized(35, 25);
  static const std::vector<long> expected = fibs(5, last);
  spec::in_simulation(3, []() -> process {
    pid pool = bounded::start("pool", {.workers = 2, .queue = 40});
    std::vector<ref> tags;
    for (int n = 5; n <= last; ++n)
      tags.push_back(co_await bounded::submit(pool, fib, n));
    std::vector<long> results;
    for (ref tag : tags)
      results.push_back(*co_await bounded::outcome_of<long>(pool, tag));
    CHECK(results == expected);
  });
}

TEST_CASE("S53 bounded: the pool answers while its jobs keep every scheduler busy") {
  auto answered = spec::make_flag();
  spec::in_run({.schedulers = 2}, [answered]() -> process {
    pid pool = bounded::start("pool", {.workers = 2, .queue = 2});
    auto spin = [answered] {
      while (!answered->load()) {}
      return 1;
    };
    const ref first = co_await bounded::submit(pool, spin);
    const ref second = co_await bounded::submit(pool, spin);
    const load busy = co_await load_of(pool);
    answered->store(true);
    CHECK(busy.running == 2);
    const outcome<int> one = co_await bounded::outcome_of<int>(pool, first);
    const outcome<int> two = co_await bounded::outcome_of<int>(pool, second);
    CHECK(*one + *two == 2);
  });
}
