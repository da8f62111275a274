// The run ring: its owner against thieves, at a capacity that wraps all the time.
#include "catch.hpp"

#include "sched/run_ring.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace brood::detail;

namespace {

struct entry : runnable {
  std::atomic<int> taken{0};
};

template <std::uint32_t Capacity>
void owner_against_thieves(int count, int thieves) {
  run_ring<Capacity> ring;
  std::vector<entry> entries(static_cast<std::size_t>(count));
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < thieves; ++t)
    threads.emplace_back([&] {
      runnable* out[128];
      while (!done || !ring.empty()) {
        const std::uint32_t n = ring.take_half(out, 128);
        for (std::uint32_t i = 0; i < n; ++i)
          ++static_cast<entry*>(out[i])->taken;
        if (n == 0)
          std::this_thread::yield();
      }
    });
  for (int i = 0; i < count;) {
    if (ring.push(&entries[static_cast<std::size_t>(i)]))
      ++i;
    else if (runnable* r = ring.pop())
      ++static_cast<entry*>(r)->taken;
    if (i % 3 == 0)
      if (runnable* r = ring.pop())
        ++static_cast<entry*>(r)->taken;
  }
  done = true;
  while (runnable* r = ring.pop())
    ++static_cast<entry*>(r)->taken;
  for (std::thread& t : threads)
    t.join();
  int wrong = 0;
  for (const entry& e : entries)
    wrong += e.taken != 1;
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("run ring: each entry is taken exactly once, by the owner or a thief") {
  owner_against_thieves<4>(10'000, 3);
  owner_against_thieves<256>(10'000, 3);
}
