// What a run ring spills: which batch comes back first.
#include "catch.hpp"

#include "sched/overflow.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

using namespace brood::detail;
using batches = overflow_batches;
using end = batches::end;

namespace {

std::array<runnable, batches::batch_size> some;

batches::batch batch_of(std::uint32_t n, bool newborn = false) {
  batches::batch b;
  b.newborn = newborn;
  while (b.count < n) {
    b.items[b.count] = &some[b.count];
    ++b.count;
  }
  return b;
}

// How many were in the batch; 0: there was none.
std::uint32_t size_of(bool taken, const batches::batch& b) {
  for (std::uint32_t i = 0; taken && i < b.count; ++i)
    REQUIRE(b.items[i] == &some[i]);
  return taken ? b.count : 0;
}
std::uint32_t take_oldest(batches& from) {
  batches::batch b;
  const bool taken = from.take_oldest(b);
  return size_of(taken, b);
}
std::uint32_t take_next(batches& from, end expected) {
  batches::batch b;
  end where;
  const bool taken = from.take_next(b, where);
  CHECK(where == expected);
  return size_of(taken, b);
}

}  // namespace

TEST_CASE("overflow: an empty one has nothing") {
  batches all;
  batches::batch b;
  end where;
  CHECK(all.empty());
  CHECK_FALSE(all.take_oldest(b));
  CHECK_FALSE(all.take_next(b, where));
}

TEST_CASE("overflow: those that wait take turns; what newborns spill comes back at once") {
  batches all;
  all.put(batch_of(1), end::newest);
  all.put(batch_of(2, true), end::newest);
  all.put(batch_of(3), end::newest);
  all.put(batch_of(4), end::newest);
  all.put(batch_of(120, true), end::newest);
  CHECK_FALSE(all.empty());
  CHECK(take_next(all, end::newest) == 120);
  CHECK(take_next(all, end::oldest) == 1);
  CHECK(take_oldest(all) == 2);
  CHECK(take_next(all, end::oldest) == 3);
  SECTION("what finds no room goes back to where it came from") {
    all.put(batch_of(7), end::oldest);
    CHECK(take_oldest(all) == 7);
  }
  CHECK(take_oldest(all) == 4);
  CHECK(all.empty());
  CHECK(take_oldest(all) == 0);
}

TEST_CASE("overflow: what is left at its end is given back") {
  const std::size_t before = memory_in_use();
  {
    batches all;
    all.put(batch_of(5), end::newest);
    all.put(batch_of(6), end::newest);
    CHECK(memory_in_use() > before);
  }
  CHECK(memory_in_use() == before);
}
