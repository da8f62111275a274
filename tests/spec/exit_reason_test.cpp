// exit_reason as a value.
#include "spec.hpp"

#include <map>

namespace {

enum class trouble { none, small, great };

struct detail_of {
  int code = 0;
  bool operator==(const detail_of&) const = default;
};
std::string describe(const detail_of& d) { return "%{code: " + std::to_string(d.code) + "}"; }

struct opaque_reason {
  int n = 0;
  bool operator==(const opaque_reason&) const = default;
};

}  // namespace

TEST_CASE("the named reasons differ from each other and from strings of the same text") {
  const std::vector<exit_reason> all{reason::normal,       reason::kill,    reason::killed,   reason::shutdown,    reason::noproc,
                                     reason::noconnection, reason::timeout, reason::overload, reason::calling_self};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < all.size(); ++j)
      CHECK((all[i] == all[j]) == (i == j));
  CHECK(exit_reason("normal") != reason::normal);
  CHECK(exit_reason("kill") != reason::kill);
}

TEST_CASE("any copyable, comparable value is a reason and can be read back") {
  const exit_reason number(3);
  REQUIRE(number.get_if<int>() != nullptr);
  CHECK(*number.get_if<int>() == 3);
  CHECK(number.get_if<long>() == nullptr);
  CHECK(number == exit_reason(3));
  CHECK(number != exit_reason(4));
  CHECK(number != exit_reason(3L));
  const exit_reason own(detail_of{7});
  REQUIRE(own.get_if<detail_of>() != nullptr);
  CHECK(own.get_if<detail_of>()->code == 7);
  CHECK(own == exit_reason(detail_of{7}));
  const exit_reason large(std::map<int, std::string>{{1, "one"}, {2, std::string(100'000, '2')}});
  const exit_reason copy = large;
  CHECK(copy == large);
}

TEST_CASE("a literal is stored as std::string") {
  const exit_reason text("boom");
  REQUIRE(text.get_if<std::string>() != nullptr);
  CHECK(*text.get_if<std::string>() == "boom");
  CHECK(text == exit_reason(std::string("boom")));
}

TEST_CASE("shutdown_with carries a value and counts as a shutdown") {
  const exit_reason why = reason::shutdown_with(3);
  CHECK(why.is_shutdown());
  CHECK(reason::shutdown.is_shutdown());
  CHECK_FALSE(reason::normal.is_shutdown());
  CHECK_FALSE(exit_reason(3).is_shutdown());
  REQUIRE(why.get_if<int>() != nullptr);
  CHECK(*why.get_if<int>() == 3);
  CHECK(why == reason::shutdown_with(3));
  CHECK(why != reason::shutdown_with(4));
  CHECK(why != reason::shutdown);
  CHECK(why != exit_reason(3));
  const exit_reason text = reason::shutdown_with("why");
  REQUIRE(text.get_if<std::string>() != nullptr);
  CHECK(*text.get_if<std::string>() == "why");
}

TEST_CASE("only errors are errors") {
  for (const exit_reason& why :
       std::vector<exit_reason>{reason::normal, reason::kill, reason::shutdown, reason::shutdown_with(3), exit_reason("error")}) {
    CHECK_FALSE(why.is_error());
    CHECK(why.exception() == nullptr);
  }
}

TEST_CASE("two error reasons are equal if they hold the same exception object") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    const auto fail = [] { throw std::runtime_error("the same text"); };
    auto [p, watch_p] = spawn_monitor(fail);
    const monitor_ref also = monitor(p);
    auto [q, watch_q] = spawn_monitor(fail);
    const down first = co_await receive<down>(watch_p);
    const down other = co_await receive<down>(watch_q);
    CHECK(first.why == first.why);
    CHECK(first.why != other.why);
    const down second = co_await receive<down>(also);
    CHECK((second.why == first.why || second.why == reason::noproc));
  });
}

TEST_CASE("reasons print as Elixir's inspect would") {
  CHECK(spec::text_of(exit_reason(reason::normal)) == ":normal");
  CHECK(spec::text_of(exit_reason(reason::kill)) == ":kill");
  CHECK(spec::text_of(exit_reason(reason::killed)) == ":killed");
  CHECK(spec::text_of(exit_reason(reason::shutdown)) == ":shutdown");
  CHECK(spec::text_of(exit_reason(reason::noproc)) == ":noproc");
  CHECK(spec::text_of(exit_reason(reason::noconnection)) == ":noconnection");
  CHECK(spec::text_of(exit_reason(reason::timeout)) == ":timeout");
  CHECK(spec::text_of(exit_reason(reason::calling_self)) == ":calling_self");
  CHECK(spec::text_of(reason::shutdown_with(3)) == "{:shutdown, 3}");
  CHECK(spec::text_of(reason::shutdown_with("why")) == "{:shutdown, \"why\"}");
  CHECK(spec::text_of(exit_reason(42)) == "42");
  CHECK(spec::text_of(exit_reason("boom")) == "\"boom\"");
  CHECK(spec::text_of(exit_reason(trouble::great)) == "2");
  CHECK(spec::text_of(exit_reason(detail_of{7})) == "%{code: 7}");
  CHECK(spec::contains(spec::text_of(exit_reason(opaque_reason{})), "opaque_reason<>"));
  CHECK(spec::text_of(exit_reason(pid{})) == spec::text_of(pid{}));
}

TEST_CASE("an exception whose type is thrown away still prints its type and text") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([] { throw std::runtime_error("oops"); });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(spec::text_of(why) == "** (std::runtime_error) oops");
  });
}
