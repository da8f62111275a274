// Time: the clock of processes, and `time_limit`, the type of every time parameter.
//
//     co_await sleep(1.5s);
//     co_await receive<pong>(within(infinity));
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/compiler.hpp>

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>

namespace [[gnu::visibility("default")]] brood {

// Steady; under `simulate` it is virtual, and jumps to the next timer when nothing can run.
struct process_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<process_clock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;
};

// No limit: waits for ever. OTP: the atom infinity
struct infinity_t {
  explicit infinity_t() = default;
};
inline constexpr infinity_t infinity{};

namespace detail {
BROOD_API [[noreturn]] void refuse_nan();
}

// How long at most. From any chrono duration or from infinity; rounds up to the next nanosecond, so that nothing is ever early;
// a duration beyond the range of nanoseconds (±292 years) becomes infinite, or the most negative limit. A duration that is not a
// number throws std::invalid_argument. Negative limits exist; each call documents what it does with one.
class time_limit {
 public:
  constexpr time_limit(infinity_t) noexcept : nanoseconds_(most) {}

  template <class Rep, class Period>
  constexpr time_limit(std::chrono::duration<Rep, Period> d) : nanoseconds_(to_nanoseconds<Rep, Period>(d.count())) {}

  constexpr bool infinite() const noexcept { return nanoseconds_ == most; }
  constexpr bool negative() const noexcept { return nanoseconds_ < 0; }
  // In nanoseconds; the greatest there is when infinite.
  constexpr std::int64_t count() const noexcept { return nanoseconds_; }

  friend constexpr auto operator<=>(time_limit, time_limit) noexcept = default;

 private:
  static constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  __extension__ typedef __int128 wide;  // no using: -Wpedantic refuses that

  template <class Rep, class Period>
  static constexpr std::int64_t to_nanoseconds(const Rep& count) {
    constexpr wide numerator = wide(Period::num) * 1'000'000'000;
    if constexpr (std::integral<Rep>) {
      wide n;
      if (__builtin_mul_overflow(static_cast<wide>(count), numerator, &n))
        return count < Rep(0) ? least : most;
      n = n / Period::den + (n % Period::den > 0);
      return n >= most ? most : n <= least ? least : static_cast<std::int64_t>(n);
    } else {
      // In the precision it came in: 0.1s is 100'000'000 ns, though a double's 0.1 is a little more than that.
      using real = std::conditional_t<std::floating_point<Rep>, Rep, long double>;
      const real n = static_cast<real>(count) * (static_cast<real>(numerator) / static_cast<real>(Period::den));
      if (n != n)
        detail::refuse_nan();
      if (n >= static_cast<real>(most))
        return most;
      if (n <= static_cast<real>(least))
        return least;
      const auto whole = static_cast<std::int64_t>(n);
      return whole + (static_cast<real>(whole) < n);
    }
  }

  std::int64_t nanoseconds_;
};

}  // namespace brood
