#include "catch.hpp"

#include <brood/detail/size_class.hpp>
#include "memory/slab.hpp"
#include "memory/span.hpp"

#include <brood/detail/memory.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <thread>
#include <utility>
#include <vector>

using namespace brood::detail;

namespace {

void on_another_thread(auto work) { std::thread(work).join(); }

}  // namespace

TEST_CASE("a class holds what it is chosen for and wastes at most a quarter") {
  for (std::size_t bytes = 1; bytes <= largest_block; ++bytes) {
    const std::size_t size = block_sizes[class_of(bytes)];
    if (size < bytes || size % granule != 0 || (size - bytes >= granule && size > bytes + bytes / 4 + granule))
      FAIL(bytes << " bytes in a block of " << size);
  }
}

TEST_CASE("blocks of every size are aligned to 16, distinct, and wholly usable") {
  struct piece {
    unsigned char* block;
    std::size_t bytes;
  };
  std::vector<piece> pieces;
  for (std::size_t bytes = 0; bytes < 10'000; bytes += bytes < 600 ? 1 : 61) {
    auto* block = static_cast<unsigned char*>(allocate(bytes));
    std::memset(block, static_cast<int>(bytes % 251), bytes);
    pieces.push_back({block, bytes});
  }
  for (const auto& [block, bytes] : pieces) {
    const auto want = static_cast<unsigned char>(bytes % 251);
    if (reinterpret_cast<std::uintptr_t>(block) % 16 != 0 || std::count(block, block + bytes, want) != static_cast<long>(bytes))
      FAIL(bytes);
  }
  for (const auto& [block, bytes] : pieces)
    deallocate(block, bytes);
}

TEST_CASE("all that is given back is no longer in use, whoever gives it back") {
  const std::size_t before = memory_in_use();
  std::vector<std::pair<void*, std::size_t>> blocks;
  on_another_thread([&] {
    for (std::size_t i = 0; i < 20'000; ++i)
      blocks.emplace_back(allocate(i % 9000), i % 9000);
  });
  CHECK(memory_in_use() > before);
  on_another_thread([&] {
    for (auto [block, bytes] : blocks)
      deallocate(block, bytes);
  });
  CHECK(memory_in_use() == before);
}

TEST_CASE("one thread allocating and another deallocating does not grow the memory") {
  if (slabs_bypassed)
    return;
  std::vector<void*> seen;
  for (int round = 0; round < 50; ++round) {
    std::vector<void*> blocks(1000);
    for (void*& block : blocks)
      block = allocate(208);
    on_another_thread([&] {
      for (void* block : blocks)
        deallocate(block, 208);
    });
    seen.insert(seen.end(), blocks.begin(), blocks.end());
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::unique(seen.begin(), seen.end()) - seen.begin() < 1200);
}

TEST_CASE("the block given back last is handed out next, while it is warm") {
  if (slabs_bypassed)
    return;
  void* block = allocate(100);
  deallocate(block, 100);
  void* again = allocate(112);
  CHECK(again == block);
  deallocate(again, 112);
}

TEST_CASE("a thread_local that dies after the thread's cache may still give back and allocate") {
  struct late {
    void* block = nullptr;
    ~late() {
      deallocate(block, 48);
      deallocate(allocate(64), 64);
    }
  };
  const std::size_t before = memory_in_use();
  on_another_thread([] {
    static thread_local late l;  // constructed before the cache, so destroyed after it
    l.block = allocate(48);
  });
  CHECK(memory_in_use() == before);
}

TEST_CASE("running out of memory is std::bad_alloc, and the next request may succeed") {
  fail_allocation_in = 1;
  std::vector<void*> blocks;
  const auto fill = [&] {
    for (int i = 0; i < 200; ++i)
      blocks.push_back(allocate(7000));
  };
  CHECK_THROWS_AS(fill(), std::bad_alloc);
  CHECK(fail_allocation_in == 0);
  blocks.push_back(allocate(7000));
  for (void* block : blocks)
    deallocate(block, 7000);
}

TEST_CASE("spans are aligned to their size and do not overlap") {
  std::vector<char*> spans;
  for (std::size_t i = 0; i < chunk_size / span_size + 2; ++i)
    spans.push_back(static_cast<char*>(new_span()));
  std::sort(spans.begin(), spans.end());
  for (std::size_t i = 0; i < spans.size(); ++i) {
    CHECK(reinterpret_cast<std::uintptr_t>(spans[i]) % span_size == 0);
    if (i > 0)
      CHECK(spans[i] - spans[i - 1] >= static_cast<long>(span_size));
    std::memset(spans[i], 1, span_size);
  }
}
