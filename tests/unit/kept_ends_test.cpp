// What is kept for runtime::wait.
#include "catch.hpp"

#include "process/kept_ends.hpp"

#include <unistd.h>

using namespace brood;
using namespace brood::detail;

namespace {

// A reason whose end looks at what is kept: it waits for itself for ever if that happens under the lock.
struct looks_when_it_goes {
  kept_ends* ends;
  explicit looks_when_it_goes(kept_ends* e) : ends(e) {}
  looks_when_it_goes(const looks_when_it_goes&) = default;
  bool operator==(const looks_when_it_goes&) const = default;
  ~looks_when_it_goes() { (void)ends->take(pid::from_bits(1)); }
};

pid number(std::uint64_t n) { return pid::from_bits(n + 2); }

}  // namespace

TEST_CASE("kept ends: the oldest is forgotten, and its reason is destroyed outside the lock") {
  alarm(60);
  kept_ends ends;
  for (std::uint64_t n = 0; n <= kept_ends::most; ++n) {
    ends.expect(number(n));
    ends.note(number(n), n == 0 ? exit_reason(looks_when_it_goes(&ends)) : exit_reason(n));
  }
  alarm(0);
  CHECK_FALSE(ends.take(number(0)));
  CHECK(ends.take(number(1)) == exit_reason(std::uint64_t{1}));
  CHECK(ends.take(number(kept_ends::most)) == exit_reason(std::uint64_t{kept_ends::most}));
  CHECK_FALSE(ends.take(number(1)));
}
