// When one scheduler works alone: what the monitor decides from look to look.
#include "catch.hpp"

#include "sched/compaction.hpp"

using namespace brood::detail;

namespace {

// A look after a millisecond of this many turns a microsecond, so many percent of them by processes from another core.
bool look(compaction& c, double speed, int percent_moved) {
  const auto turns = static_cast<std::uint64_t>(speed * 1000);
  return c.look({turns, turns * static_cast<std::uint64_t>(percent_moved) / 100, 1'000'000});
}

// How many looks at chatter at this speed it takes until one is let alone.
int looks_until_trial(compaction& c, double speed) {
  for (int n = 1; n <= 10'000; ++n)
    if (look(c, speed, 25))
      return n;
  return 0;
}

}  // namespace

TEST_CASE("compaction: processes that stay where they are run on all schedulers") {
  compaction c;
  for (int i = 0; i < 10'000; ++i)
    CHECK_FALSE(look(c, 50, 10));
}

TEST_CASE("compaction: long turns run on all schedulers, however often they change cores") {
  compaction c;
  for (int i = 0; i < 10'000; ++i)
    CHECK_FALSE(look(c, 0.9, 100));
}

TEST_CASE("compaction: no time between two looks is no speed") {
  compaction c;
  CHECK_FALSE(c.look({1'000'000, 1'000'000, 0}));
}

TEST_CASE("compaction: chatter from core to core is tried alone, and stays so while that is an eighth faster") {
  compaction c;
  REQUIRE(look(c, 10, 25));
  for (int i = 0; i < 63; ++i)
    REQUIRE(look(c, 11.5, 0));
  SECTION("every 64 looks all work together for one, for the load may have changed") {
    CHECK_FALSE(look(c, 11.5, 0));
    CHECK(look(c, 10, 25));
  }
  SECTION("when it no longer pays all work together at once, and it is tried again at the next look") {
    CHECK_FALSE(look(c, 11.2, 0));
    CHECK(look(c, 10, 25));
  }
  SECTION("a process that computes brings all back") { CHECK_FALSE(look(c, 0.001, 0)); }
}

TEST_CASE("compaction: what did not pay is tried after twice as many looks, up to 512") {
  compaction c;
  int expected = 1;
  for (int trial = 0; trial < 14; ++trial) {
    CHECK(looks_until_trial(c, 10) == expected);
    CHECK_FALSE(look(c, 11, 0));  // not an eighth more
    expected = std::min(expected * 2, 512);
  }
  SECTION("once it paid, at the next look again") {
    CHECK(looks_until_trial(c, 10) == expected);
    REQUIRE(look(c, 20, 0));
    CHECK_FALSE(look(c, 5, 0));
    CHECK(looks_until_trial(c, 10) == 1);
  }
}
