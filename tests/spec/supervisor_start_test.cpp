// Supervisors: starting them, and starts that fail. semantics.md 3.11, V1
#include "supervision.hpp"

#include <stdexcept>

using spec::joined;

namespace {

// How a supervisor that can't start ends, seen by whoever starts it.
task<exit_reason> failed_start(supervisor_options options, std::vector<child_spec> children) {
  trap_exits();
  outcome<pid> sup =
      co_await start_link([](supervisor_options o, std::vector<child_spec> c) -> process { co_await supervise(o, std::move(c)); },
                          options, std::move(children));
  CHECK_FALSE(sup);
  const bool quiet = co_await receive<exited>(within(0s)) == std::nullopt;
  CHECK(quiet);
  co_return sup.why();
}

}  // namespace

TEST_CASE("C182 when the third child fails to start the first two are stopped in reverse, and the id is told") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const restart_strategy strategy : {one_for_one, one_for_all, rest_for_one}) {
      spec::shared_log log;
      const exit_reason why = co_await failed_start(
          {.strategy = strategy}, {spec::obedient_child("a", log), spec::obedient_child("b", log),
                                   child("c", [] { exit(exit_reason("cannot")); }), spec::obedient_child("d", log)});
      CHECK(why == reason::shutdown_with(failed_to_start{"c", exit_reason("cannot")}));
      CHECK(to_string(why) == "{:shutdown, {:failed_to_start, \"c\", \"cannot\"}}");
      CHECK(joined(log.lines()) == "+a +b -b -a");
    }
  });
}

TEST_CASE("C182 the children before it take their time to end: still no start, and no message") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const exit_reason why = co_await failed_start(
        {}, {child("a", spec::dawdler, "a", log, 10ms), child("b", [] { throw std::runtime_error("oops"); })});
    REQUIRE(why.get_if<failed_to_start>() != nullptr);
    CHECK(why.get_if<failed_to_start>()->id == "b");
    CHECK(why.get_if<failed_to_start>()->why.what() == "oops");
    CHECK(joined(log.lines()) == "+a !a -a");
  });
}

TEST_CASE("C182 the supervisor itself exits with failed_to_start") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const auto [sup, watch] =
        spawn_monitor([]() -> process { co_await supervise(one_for_one, child("a", [] { exit(exit_reason("cannot")); })); });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::shutdown_with(failed_to_start{"a", exit_reason("cannot")}));
  });
}

TEST_CASE("C182 a failing start is told through the levels of a tree") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const auto inner = []() -> process { co_await supervise(one_for_one, child("leaf", [] { exit(exit_reason("cannot")); })); };
    const exit_reason why = co_await failed_start({}, {child("inner", inner)});
    CHECK(why ==
          reason::shutdown_with(failed_to_start{"inner", reason::shutdown_with(failed_to_start{"leaf", exit_reason("cannot")})}));
  });
}

TEST_CASE("A name that is taken is a failed start") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    register_name("taken", self());
    const exit_reason why = co_await failed_start({}, {child("a", spec::obedient, "a", spec::shared_log()).named("taken")});
    CHECK(why == reason::shutdown_with(failed_to_start{"a", exit_reason(already_started{self()})}));
    unregister_name("taken");
  });
}

TEST_CASE("A function whose copy throws is a failed start") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    struct bomb {
      bomb() = default;
      bomb(bomb&&) = default;
      bomb(const bomb&) { throw std::runtime_error("copied"); }
      void operator()() const {}
    };
    const exit_reason why = co_await failed_start({}, {child("a", bomb())});
    REQUIRE(why.get_if<failed_to_start>() != nullptr);
    CHECK(why.get_if<failed_to_start>()->why.what() == "copied");
  });
}

TEST_CASE("Specs that contradict each other are refused before anything starts") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const child_spec a = spec::obedient_child("a", log);
    exit_reason why = co_await failed_start({}, {a, a});
    CHECK(why.is_error());
    CHECK(spec::contains(why.what(), "two children have the id \"a\""));
    why = co_await failed_start({}, {a, child([] {})});
    CHECK(spec::contains(why.what(), "only a dynamic supervisor has children without"));
    why = co_await failed_start({.restarts = -1}, {a});
    CHECK(spec::contains(why.what(), "negative"));
    CHECK(log.lines().empty());
  });
}

TEST_CASE("supervise in its three forms, and with no child at all") {
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const auto count = [](auto body) -> task<std::size_t> {
      const pid sup = *co_await start(body);
      const child_counts counts = co_await count_children(sup);  // named, as in spec.hpp: g++ 14
      (void)co_await spec::end(sup, reason::kill);
      co_return counts.active;
    };
    const child_spec a = spec::obedient_child("a", log), b = spec::obedient_child("b", log);
    std::size_t n = co_await count([a, b]() -> process { co_await supervise(one_for_all, a, b); });
    CHECK(n == 2);
    n = co_await count([a]() -> process { co_await supervise(supervisor_options{.restarts = 1}, a); });
    CHECK(n == 1);
    n = co_await count([a, b]() -> process { co_await supervise(supervisor_options{}, std::vector{a, b}); });
    CHECK(n == 2);
    n = co_await count([a, b]() -> process { co_await supervise(rest_for_one, std::vector{a, b}); });
    CHECK(n == 2);
    n = co_await count([]() -> process { co_await supervise(one_for_one); });
    CHECK(n == 0);
    n = co_await count([]() -> task<> { return supervise(restart_strategy::dynamic); });
    CHECK(n == 0);
  });
}

TEST_CASE("A supervisor has started when its children have") {
  spec::everywhere([]() -> process {
    spec::shared_log log;
    const auto slow = [](spec::shared_log log) -> process {
      co_await sleep(3ms);
      log.add("ready");
      co_await receive<spec::end_with>();
    };
    const auto inner = [log, slow]() -> process { co_await supervise(one_for_one, child("leaf", slow, log)); };
    (void)co_await spec::supervisor_of({}, {child("inner", inner)});
    CHECK(joined(log.lines()) == "ready");
  });
}
