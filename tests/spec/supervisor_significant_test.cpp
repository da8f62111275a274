// Supervisors that end with their significant children. semantics.md 3.11, V9
#include "supervision.hpp"

#include <atomic>

using spec::joined;

namespace {

child_spec significant_child(std::string id, spec::shared_log log = {}) {
  return spec::obedient_child(std::move(id), log).transient().significant();
}

constexpr auto briefly = 20ms;  // it would have ended in this time

// Whether the supervisor ends, with shutdown.
task<bool> shuts_down(monitor_ref watch, time_limit limit = 10s) {
  const auto end = co_await receive<down>(watch, within(limit));
  if (end)
    CHECK(end->why == reason::shutdown);
  co_return end.has_value();
}

}  // namespace

TEST_CASE("C190 any_significant: the first significant child that ends by itself ends the supervisor") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const bool temporary : {false, true}) {
      spec::shared_log log;
      child_spec x = significant_child("x", log);
      if (temporary)
        x = x.temporary();
      const pid sup = co_await spec::supervisor_of({.stops_when = auto_shutdown::any_significant},
                                                   {spec::obedient_child("a", log), x, significant_child("y", log)});
      const monitor_ref watch = monitor(sup);
      (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "x"), temporary ? exit_reason("boom") : reason::normal);
      const bool ended = co_await shuts_down(watch);
      CHECK(ended);
      CHECK(joined(log.lines()) == "+a +x +y -x -y -a");
    }
  });
}

TEST_CASE("C190 all_significant: the last one does") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const pid sup =
        co_await spec::supervisor_of({.stops_when = auto_shutdown::all_significant},
                                     {spec::obedient_child("a", {}), significant_child("x"), significant_child("y").temporary()});
    const monitor_ref watch = monitor(sup);
    (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "x"), reason::normal);
    bool ended = co_await shuts_down(watch, briefly);
    CHECK_FALSE(ended);
    (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "y"), exit_reason("boom"));
    ended = co_await shuts_down(watch);
    CHECK(ended);
  });
}

TEST_CASE("C190 a significant child that is restarted ends nothing") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const auto_shutdown when : {auto_shutdown::any_significant, auto_shutdown::all_significant}) {
      const pid sup = co_await spec::supervisor_of({.stops_when = when}, {significant_child("x")});
      const monitor_ref watch = monitor(sup);
      const pid x = co_await spec::pid_of(sup, "x");
      (void)co_await spec::tell_to_end(x, exit_reason("boom"));
      const pid again = co_await spec::successor(sup, "x", x);
      bool ended = co_await shuts_down(watch, briefly);
      CHECK_FALSE(ended);
      (void)co_await spec::tell_to_end(again, reason::shutdown);
      ended = co_await shuts_down(watch);
      CHECK(ended);
    }
  });
}

TEST_CASE("C190 all_significant: one that is being restarted is not gone") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    auto fails = std::make_shared<std::atomic<bool>>(false);
    const auto moody = [fails]() -> process {
      if (*fails)
        exit(exit_reason("not now"));
      return spec::obedient("x", {});
    };
    const pid sup = co_await spec::supervisor_of({.restarts = 1 << 30, .stops_when = auto_shutdown::all_significant},
                                                 {child("x", moody).transient().significant(), significant_child("y")});
    const monitor_ref watch = monitor(sup);
    *fails = true;
    (void)co_await spec::end(co_await spec::pid_of(sup, "x"), reason::kill);
    (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "y"), reason::normal);
    while ((co_await spec::info_of(sup, "y")).state != child_state::stopped)
      co_await yield();
    *fails = false;
    pid x;
    while (!x)
      x = co_await spec::pid_of(sup, "x");
    (void)co_await spec::tell_to_end(x, reason::normal);
    const bool ended = co_await shuts_down(watch);
    CHECK(ended);
  });
}

TEST_CASE("C190 terminate_child of a significant child, and the end of others, end nothing") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const pid sup = co_await spec::supervisor_of({.stops_when = auto_shutdown::any_significant},
                                                 {spec::obedient_child("a", {}).transient(), significant_child("x")});
    const monitor_ref watch = monitor(sup);
    (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "a"), reason::normal);
    (void)co_await terminate_child(sup, "x");
    bool ended = co_await shuts_down(watch, briefly);
    CHECK_FALSE(ended);
    (void)co_await restart_child(sup, "x");
    (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "x"), reason::normal);
    ended = co_await shuts_down(watch);
    CHECK(ended);
  });
}

// The next two as erl has it (OTP 25).
TEST_CASE("C190 all_significant: one that was terminated by request is not waited for, until it is started again") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const bool again : {false, true}) {
      const pid sup = co_await spec::supervisor_of({.stops_when = auto_shutdown::all_significant},
                                                   {significant_child("x"), significant_child("y"), spec::obedient_child("a", {})});
      const monitor_ref watch = monitor(sup);
      (void)co_await terminate_child(sup, "x");
      if (again)
        (void)co_await restart_child(sup, "x");
      (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "y"), reason::normal);
      bool ended = co_await shuts_down(watch, again ? briefly : 10s);
      CHECK(ended == !again);
      if (!again)
        continue;
      (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "x"), reason::shutdown_with(3));
      ended = co_await shuts_down(watch);
      CHECK(ended);
    }
  });
}

TEST_CASE("C190 a significant child that a group restart stops for good ends nothing, and is not waited for") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    for (const auto when : {auto_shutdown::any_significant, auto_shutdown::all_significant}) {
      const pid sup =
          co_await spec::supervisor_of({.strategy = one_for_all, .stops_when = when},
                                       {significant_child("x").temporary(), significant_child("y"), spec::obedient_child("a", {})});
      const monitor_ref watch = monitor(sup);
      const pid a = co_await spec::pid_of(sup, "a");
      (void)co_await spec::end(a, reason::kill);
      (void)co_await spec::successor(sup, "a", a);
      bool ended = co_await shuts_down(watch, briefly);
      CHECK_FALSE(ended);
      const child_counts counts = co_await count_children(sup);
      CHECK(counts.specs == 2);
      (void)co_await spec::tell_to_end(co_await spec::pid_of(sup, "y"), reason::normal);
      ended = co_await shuts_down(watch);
      CHECK(ended);
    }
  });
}

TEST_CASE("C190 significant with permanent, or with never, is refused") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const auto starts = [](auto_shutdown when, child_spec spec) -> task<bool> {
      const auto [sup, watch] = spawn_monitor([when, spec]() -> process { co_await supervise({.stops_when = when}, spec); });
      bool well = true;
      try {
        (void)co_await which_children(sup);
      } catch (const exiting&) {
        well = false;
      }
      exit(sup, reason::kill);
      const down end = co_await receive<down>(watch);
      CHECK((well || spec::contains(end.why.what(), "significant")));
      co_return well;
    };
    const child_spec x = spec::obedient_child("x", {});
    bool well = co_await starts(auto_shutdown::any_significant, x.significant());
    CHECK_FALSE(well);
    well = co_await starts(auto_shutdown::all_significant, x.permanent().significant());
    CHECK_FALSE(well);
    well = co_await starts(auto_shutdown::never, x.transient().significant());
    CHECK_FALSE(well);
    well = co_await starts(auto_shutdown::any_significant, x.temporary().significant());
    CHECK(well);
  });
}

TEST_CASE("C190 in a tree: the automatic shutdown of one level is an orderly end for the next") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const auto inner = []() -> process {
      co_await supervise({.stops_when = auto_shutdown::any_significant}, significant_child("leaf"));
    };
    const pid top = co_await spec::supervisor_of({.stops_when = auto_shutdown::any_significant},
                                                 {child("inner", inner).transient().significant(), spec::obedient_child("a", {})});
    const monitor_ref watch = monitor(top);
    (void)co_await spec::tell_to_end(co_await spec::pid_of(co_await spec::pid_of(top, "inner"), "leaf"), reason::normal);
    const bool ended = co_await shuts_down(watch);
    CHECK(ended);
  });
}
