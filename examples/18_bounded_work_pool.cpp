// The work pool that the course promises (chapter/work_pool.hpp): with two workers and a queue of three, five jobs have a place. A
// patient producer waits for the sixth, an impatient one is refused; and every job that had a place is heard of, however it ends.
//
// Output:
// the producer waits: 2 run, 3 are queued
// an impatient one gets a place: false
// 12 jobs: 78
// never more than 2 ran or 3 were queued
// a job that exits normally: :normal
// started again, it is the same: true
#include "chapter/work_pool_client.hpp"

#include <brood/fmt.hpp>

using namespace brood;
using bounded::load;

struct go {};

// Says who it is, and works when it is told to.
task<int> job(pid foreman, int n) {
  send(foreman, self());
  co_await receive<go>();
  co_return n;
}
int leave() { exit(reason::normal); }

process producer(pid pool, pid foreman) {
  std::vector<ref> tags;
  for (int n = 1; n <= 12; ++n)
    tags.push_back(co_await bounded::submit(pool, job, foreman, n));
  int sum = 0;
  for (ref tag : tags)
    sum += *co_await bounded::outcome_of<int>(pool, tag);
  send(foreman, sum);
}

process foreman() {
  pid pool = bounded::start("pool", {.workers = 2, .queue = 3});
  spawn_link(producer, pool, self());

  load now = co_await bounded::load_of(pool);
  while (now.producers_waiting == 0)
    now = co_await bounded::load_of(pool);
  fmt::print("the producer waits: {} run, {} are queued\n", now.running, now.queued);
  auto place = co_await bounded::try_submit(pool, job, self(), 13);
  fmt::print("an impatient one gets a place: {}\n", place.has_value());

  for (int n = 1; n <= 12; ++n)
    send(co_await receive<pid>(), go{});
  fmt::print("12 jobs: {}\n", co_await receive<int>());
  now = co_await bounded::load_of(pool);
  fmt::print("never more than {} ran or {} were queued\n", now.most_running, now.most_queued);

  ref tag = co_await bounded::submit(pool, leave);
  fmt::print("a job that exits normally: {}\n", (co_await bounded::outcome_of<int>(pool, tag)).why());
  fmt::print("started again, it is the same: {}\n", bounded::start("pool", {.workers = 9, .queue = 9}) == pool);
}

int main() { return run(foreman); }
