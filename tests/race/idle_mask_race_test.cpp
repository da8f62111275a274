// The idle mask: sleepers that look once more after announcing themselves, wakers that publish first. No wake-up is lost.
#include "catch.hpp"

#include "sched/idle_mask.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <semaphore.h>

using brood::detail::idle_mask;

TEST_CASE("idle mask: all work is done though everybody sleeps when there is none") {
  constexpr unsigned workers = 4;
  constexpr int producers = 2, each = 3'000;
  idle_mask<> idle;
  std::atomic<int> work = 0, finished = 0;
  std::atomic<bool> stop = false;
  sem_t beds[workers];
  for (sem_t& bed : beds)
    sem_init(&bed, 0, 0);

  const auto take = [&] {
    int there = work.load(std::memory_order_seq_cst);
    while (there > 0)
      if (work.compare_exchange_weak(there, there - 1))
        return true;
    return false;
  };
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      while (!stop) {
        if (take()) {
          ++finished;
          continue;
        }
        idle.announce(w);
        if (work.load(std::memory_order_seq_cst) == 0 && !stop)
          sem_wait(&beds[w]);  // nobody else looks after it: a lost wake-up would be for ever
        else if (!idle.revoke(w))
          sem_wait(&beds[w]);  // its wake-up is on the way
      }
    });
  std::vector<std::thread> makers;
  for (int p = 0; p < producers; ++p)
    makers.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        work.fetch_add(1, std::memory_order_seq_cst);
        if (const int sleeper = idle.pick(); sleeper >= 0)
          sem_post(&beds[sleeper]);
        if (i % 16 == 0)
          std::this_thread::yield();
      }
    });
  for (std::thread& t : makers)
    t.join();
  while (finished < producers * each)
    std::this_thread::yield();
  stop = true;
  for (sem_t& bed : beds)
    sem_post(&bed);
  for (std::thread& t : threads)
    t.join();
  CHECK(finished == producers * each);
  CHECK(work == 0);
  for (sem_t& bed : beds)
    sem_destroy(&bed);
}
