// What a run ring spills: which batch comes back first.
#include "catch.hpp"

#include "sched/overflow.hpp"

#include <array>
#include <cstddef>

using namespace brood::detail;
using batches = overflow_batches;

namespace {

std::array<runnable, batches::batch_size> some;

batches::batch batch_of(std::size_t n) {
  batches::batch b;
  while (b.count < n) {
    b.items[b.count] = &some[b.count];
    ++b.count;
  }
  return b;
}

// How many were in the batch; 0: there was none.
std::size_t take(batches& from) {
  batches::batch b;
  if (!from.take(b))
    return 0;
  for (std::size_t i = 0; i < b.count; ++i)
    REQUIRE(b.items[i] == &some[i]);
  return b.count;
}

}  // namespace

TEST_CASE("overflow: the newest batch comes first, every eighth time the oldest") {
  batches all;
  CHECK(all.empty());
  CHECK(take(all) == 0);
  for (std::size_t n = 1; n <= batches::batch_size; ++n)
    all.put(batch_of(n));
  CHECK_FALSE(all.empty());
  std::size_t oldest = 1, newest = batches::batch_size;
  for (std::size_t n = 1; n <= batches::batch_size; ++n)
    CHECK(take(all) == (n % 8 == 0 ? oldest++ : newest--));
  CHECK(all.empty());
  CHECK(take(all) == 0);
}

TEST_CASE("overflow: what is left at its end is given back") {
  const std::size_t before = memory_in_use();
  {
    batches all;
    all.put(batch_of(5));
    all.put(batch_of(6));
    CHECK(memory_in_use() > before);
  }
  CHECK(memory_in_use() == before);
}
