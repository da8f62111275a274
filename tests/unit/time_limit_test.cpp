#include "catch.hpp"

#include <brood/time.hpp>

#include <cmath>
#include <limits>
#include <ratio>
#include <stdexcept>

using brood::infinity;
using brood::time_limit;
using namespace std::chrono;

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();

template <class Ratio, class Rep>
constexpr std::int64_t count_of(Rep n) {
  return time_limit(duration<Rep, Ratio>(n)).count();
}

}  // namespace

static_assert(std::convertible_to<seconds, time_limit> && std::convertible_to<duration<float>, time_limit>);
static_assert(std::convertible_to<decltype(infinity), time_limit>);
static_assert(!std::convertible_to<int, time_limit>);
static_assert(time_limit(1500ms) == time_limit(1.5s));

TEST_CASE("A time limit comes from any duration, in nanoseconds") {
  CHECK(time_limit(3s).count() == 3'000'000'000);
  CHECK(time_limit(-1ms).count() == -1'000'000);
  CHECK(time_limit(0s).count() == 0);
  CHECK(time_limit(1h).count() == 3'600'000'000'000);
  CHECK(time_limit(weeks(1)) == time_limit(hours(168)));
  CHECK(time_limit(1.5s).count() == 1'500'000'000);
  CHECK(time_limit(0.1s).count() == 100'000'000);
  CHECK(time_limit(duration<float>(0.5f)).count() == 500'000'000);
  CHECK(count_of<std::ratio<1>>(static_cast<unsigned char>(200)) == 200'000'000'000);
}

TEST_CASE("A fraction of a nanosecond rounds up: never early") {
  CHECK(count_of<std::pico>(1) == 1);
  CHECK(count_of<std::pico>(1000) == 1);
  CHECK(count_of<std::pico>(1001) == 2);
  CHECK(count_of<std::pico>(-1) == 0);
  CHECK(count_of<std::pico>(-1999) == -1);
  CHECK(count_of<std::ratio<1, 3>>(1) == 333'333'334);
  CHECK(count_of<std::nano>(0.25) == 1);
  CHECK(count_of<std::nano>(-0.25) == 0);
  CHECK(count_of<std::nano>(1e-300) == 1);
}

TEST_CASE("What is beyond 292 years is infinite, or the most negative") {
  CHECK(time_limit(hours::max()).infinite());
  CHECK(time_limit(seconds::max()).infinite());
  CHECK(time_limit(nanoseconds::max()).infinite());
  CHECK(time_limit(years(292)).infinite() == false);
  CHECK(time_limit(years(293)).infinite());
  CHECK(time_limit(hours::min()).count() == least);
  CHECK(time_limit(hours::min()).negative());
  CHECK_FALSE(time_limit(hours::min()).infinite());
  CHECK(time_limit(nanoseconds::min()).count() == least);
  CHECK(count_of<std::ratio<most>>(most) == most);
  CHECK(count_of<std::ratio<most>>(least) == least);
  CHECK(count_of<std::exa>(std::numeric_limits<std::uint64_t>::max()) == most);
  CHECK(count_of<std::atto>(most) == 9'223'372'037);
  CHECK(count_of<std::ratio<1>>(std::numeric_limits<std::uint64_t>::max()) == most);
}

TEST_CASE("Fractional durations saturate, too") {
  CHECK(count_of<std::ratio<1>>(1e300) == most);
  CHECK(count_of<std::ratio<1>>(-1e300) == least);
  CHECK(count_of<std::exa>(std::numeric_limits<double>::max()) == most);
  CHECK(count_of<std::ratio<1>>(double(INFINITY)) == most);
  CHECK(count_of<std::ratio<1>>(float(-INFINITY)) == least);
  CHECK(count_of<std::nano>(9223372036854775808.0) == most);
  CHECK(count_of<std::nano>(std::nextafter(9223372036854775808.0, 0.0)) == 9'223'372'036'854'774'784);
  CHECK(count_of<std::nano>(-9223372036854775808.0) == least);
  CHECK(count_of<std::nano>(9223372036854775807.0L) == most);
}

TEST_CASE("A duration that is not a number is refused") {
  CHECK_THROWS_AS(time_limit(duration<double>(NAN)), std::invalid_argument);
  CHECK_THROWS_AS(time_limit(duration<float>(NAN)), std::invalid_argument);
}

TEST_CASE("infinity is without limit and not negative") {
  constexpr time_limit forever = infinity;
  STATIC_REQUIRE(forever.infinite());
  STATIC_REQUIRE(!forever.negative());
  CHECK(forever > 1h);
  CHECK(time_limit(1s).infinite() == false);
}
