// Threads that come and go pass blocks to each other; nobody may ever see a block that another still holds.
#include "catch.hpp"

#include <brood/detail/memory.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

using namespace brood::detail;

namespace {

// Marks both ends of a block, so that a second owner or a free list running through it shows.
struct parcel {
  std::size_t bytes;
  std::uint64_t stamp;

  std::uint64_t& end() noexcept { return *reinterpret_cast<std::uint64_t*>(reinterpret_cast<char*>(this) + bytes - 8); }

  static parcel* make(std::size_t bytes, std::uint64_t stamp) {
    auto* p = static_cast<parcel*>(allocate(bytes));
    p->bytes = bytes;
    p->stamp = stamp;
    p->end() = ~stamp;
    return p;
  }
  // False if somebody else wrote to it.
  bool open() noexcept {
    const bool intact = end() == ~stamp;
    stamp = end() = 0;
    deallocate(this, bytes);
    return intact;
  }
};

}  // namespace

TEST_CASE("blocks passed between threads that come and go are never handed out twice") {
  const std::size_t before = memory_in_use();
  std::vector<std::atomic<parcel*>> shelf(512);
  std::atomic<int> damaged{0};
  const auto traffic = [&](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<parcel*> own;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t r = random();
      const std::size_t bytes = r % 64 == 0 ? 32 + r / 64 % 12'000 : 32 + r / 64 % 96;
      own.push_back(parcel::make(bytes / 8 * 8, r));
      if (own.size() > 100) {
        std::swap(own[r / 128 % own.size()], own.back());
        // acq_rel: what the thread that put a parcel wrote into it is visible to the one that takes it
        parcel* taken = shelf[r % shelf.size()].exchange(own.back(), std::memory_order_acq_rel);
        own.pop_back();
        if (taken != nullptr && !taken->open())
          damaged.fetch_add(1, std::memory_order_relaxed);
      }
    }
    for (parcel* p : own)
      if (!p->open())
        damaged.fetch_add(1, std::memory_order_relaxed);
  };
  for (std::uint64_t generation = 0; generation < 5; ++generation) {
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 4; ++i)
      threads.emplace_back(traffic, 10 * generation + i);
    for (std::thread& t : threads)
      t.join();
  }
  for (auto& place : shelf)
    if (parcel* p = place.load(std::memory_order_relaxed); p != nullptr && !p->open())  // relaxed: all threads were joined
      ++damaged;
  CHECK(damaged == 0);
  CHECK(memory_in_use() == before);
}
