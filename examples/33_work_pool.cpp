// The bounded pool of 17 and 18 is the library's: at most two jobs run, at most three wait, whoever has more waits for a place or is
// refused; every job has exactly one outcome, however it ends.
//
// Output:
// refused: :overload
// 2 run, 3 wait, 1 has no place yet
// 6 jobs: 91
// a job that crashes: ** (std::runtime_error) oops
// a job that exits normally: :normal
// a job that is killed: :killed
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <stdexcept>

using namespace brood;

struct go {};

// Says who it is, and works when it is told to.
task<int> square(pid foreman, int n) {
  send(foreman, self());
  co_await receive<go>();
  co_return n* n;
}

process producer(work_pool pool, pid foreman) {
  for (int n = 1; n <= 6; ++n)
    (void)co_await pool.submit(square, foreman, n);
  int sum = 0;
  for (int n = 1; n <= 6; ++n)
    sum += *(co_await receive<job_done<int>>()).result;
  send(foreman, sum);
}

process foreman() {
  work_pool pool = *co_await work_pool::start_link({.workers = 2, .queue = 3});
  spawn_link(producer, pool, self());
  pool_info now;
  while (now.blocked == 0)
    now = co_await pool.progress();
  auto refused = co_await pool.try_submit(square, self(), 7);
  fmt::print("refused: {}\n", refused.why());
  fmt::print("{} run, {} wait, {} has no place yet\n", now.running, now.waiting, now.blocked);
  for (int n = 1; n <= 6; ++n)
    send(co_await receive<pid>(), go{});
  fmt::print("6 jobs: {}\n", co_await receive<int>());

  auto crashed = co_await pool.run([] { throw std::runtime_error("oops"); });
  fmt::print("a job that crashes: {}\n", crashed.why());
  auto left = co_await pool.run([] { exit(reason::normal); });
  fmt::print("a job that exits normally: {}\n", left.why());
  auto killed = co_await pool.run([] { exit(self(), reason::kill); });
  fmt::print("a job that is killed: {}\n", killed.why());
}

int main() { return run(foreman); }
