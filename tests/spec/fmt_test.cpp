// fmt's formatters live in a header of their own.
#include "spec.hpp"

#include <brood/fmt.hpp>

TEST_CASE("pids, references and reasons format with fmt as they print with <<") {
  spec::in_process([]() -> process {
    const ref tag = make_ref();
    CHECK(fmt::format("{}", self()) == spec::text_of(self()));
    CHECK(fmt::format("{}", tag) == spec::text_of(tag));
    CHECK(fmt::format("{}", monitor_ref{}) == spec::text_of(monitor_ref{}));
    CHECK(fmt::format("{}", timer_ref{}) == spec::text_of(timer_ref{}));
    CHECK(fmt::format("{}", reason::shutdown_with(3)) == "{:shutdown, 3}");
    CHECK(fmt::format("{:>10}", exit_reason(3)) == "         3");
    co_return;
  });
}
