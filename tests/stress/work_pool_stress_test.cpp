// A bounded pool under 10^6 jobs, of which 10 % crash, 1 % are killed, 1 % exit normally, with clients that die: exactly one outcome a
// job, bounds kept, memory flat.
#include "stress.hpp"

#include <fstream>
#include <unordered_map>

namespace {

// Crashes by the hundred thousand are not to be printed, nor kept.
class no_reports {
 public:
  no_reports() : old_(set_report_sink([](const crash_report&) {})) {}
  no_reports(const no_reports&) = delete;
  ~no_reports() { set_report_sink(std::move(old_)); }

 private:
  report_sink old_;
};

task<int> job(int n) {
  if (n % 10 == 1)
    throw std::runtime_error("crash");
  if (n % 100 == 2)
    exit(self(), reason::kill);
  if (n % 100 == 3)
    exit(reason::normal);
  if (n % 5 == 0)
    co_await yield();
  co_return n;
}

bool as_foretold(int n, const outcome<int>& o) {
  if (n % 10 == 1)
    return !o && o.why().is_error();
  if (n % 100 == 2)
    return !o && o.why() == reason::killed;
  if (n % 100 == 3)
    return !o && o.why() == reason::normal;
  return o.value_or(-1) == n;
}

struct tally {
  int told = 0, wrong = 0;
};

// Submits n jobs, taking what is done in between, and tells what it saw.
process producer(work_pool pool, int n, pid to) {
  std::unordered_map<ref, int> open;
  tally t;
  auto take = [&](const job_done<int>& d) {
    const auto found = open.find(d.job);
    t.wrong += found == open.end() || !as_foretold(found->second, d.result);
    if (found != open.end())
      open.erase(found);
    ++t.told;
  };
  for (int i = 0; i < n; ++i) {
    if (i % 50 == 7) {
      const outcome<int> o = co_await pool.run(job, i);
      t.wrong += !as_foretold(i, o);
      ++t.told;
      continue;
    }
    open.emplace(*co_await pool.submit(job, i), i);
    while (auto d = co_await receive<job_done<int>>(within(0s)))
      take(*d);
  }
  while (!open.empty())
    take(co_await receive<job_done<int>>());
  if (co_await receive<any_message>(within(10ms)))
    ++t.wrong;
  send(to, t);
}

// Resident memory, in bytes.
std::size_t resident() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0;
  statm >> pages >> pages;
  return pages * 4096;
}

}  // namespace

TEST_CASE("10^6 jobs that end in every way have one outcome each, within the bounds, in flat memory") {
  const no_reports quiet;
  spec::in_run(run_options{.schedulers = 4, .grace = 50ms}, []() -> process {
    const work_pool pool = *co_await work_pool::start_link({.workers = 8, .queue = 100});
    const int producers = 10, each = stress::sized(100'000, 10'000);
    for (int i = 0; i < producers; ++i)
      spawn(producer, pool, each, self());
    std::size_t early = 0;
    int told = 0, wrong = 0, over = 0;
    for (int left = producers; left > 0;) {
      const pool_info now = co_await pool.progress();
      over += now.running > 8 || now.waiting > 100;
      if (early == 0 && now.succeeded + now.failed > static_cast<std::size_t>(each))
        early = resident();
      if (const auto t = co_await receive<tally>(within(1ms))) {
        told += t->told;
        wrong += t->wrong;
        --left;
      }
    }
    CHECK(over == 0);
    CHECK(wrong == 0);
    CHECK(told == producers * each);
    const pool_info end = co_await pool.progress();
    CHECK(end.succeeded + end.failed == static_cast<std::size_t>(told));
    CHECK(end.running + end.waiting + end.blocked + end.abandoned == 0);
    if (!spec::sanitized)
      CHECK(resident() < early + (std::size_t{16} << 20));
  });
}

TEST_CASE("clients killed at any moment cost the pool nothing") {
  const no_reports quiet;
  spec::in_run(run_options{.schedulers = 4, .grace = 50ms}, []() -> process {
    const std::size_t before = processes().size();
    const work_pool pool = *co_await work_pool::start_link({.workers = 4, .queue = 4});
    const int rounds = stress::sized(100'000, 10'000);
    auto client = [pool](int i) -> process {
      if (i % 3 == 0)
        (void)co_await pool.submit(job, i);
      else
        (void)co_await pool.run([]() -> task<> { co_await sleep(infinity); });
    };
    for (int i = 0; i < rounds; ++i) {
      const pid p = spawn(client, i);
      if (i % 4 == 0)
        co_await yield();
      exit(p, reason::kill);
    }
    const outcome<int> alive = co_await pool.run(job, 0);
    CHECK(alive.value_or(-1) == 0);
    for (int i = 0; i < 5000 && processes().size() > before + 1; ++i)
      co_await sleep(1ms);
    CHECK(processes().size() == before + 1);
    const pool_info end = co_await pool.progress();
    CHECK(end.running + end.waiting + end.blocked == 0);
  });
}
