// The tests that find the planted bugs; on the tree as it is they pass. How many schedules: PLANTED_SCHEDULES, else 10 000.
// PLANTED_MEASURE=n: instead, how many schedules each strategy needs, a mean of n series of seeds; a line of a table.
#include "catch.hpp"

#include <brood/brood.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

using namespace brood;
using namespace std::chrono_literals;

namespace {

std::size_t number_from(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}
std::size_t schedules() { return number_from("PLANTED_SCHEDULES", 10'000); }

struct slow_question {
  using reply = int;
};

struct quiet_reports {
  report_sink before = set_report_sink([](const crash_report&) {});
  ~quiet_reports() { set_report_sink(before); }
};

// The first seed after `begin` that fails, counted from there.
template <class Body>
std::size_t schedules_until_found(std::uint64_t begin, simulate_options options, Body body) {
  options.explain = false;
  for (std::size_t n = 1; n <= schedules(); ++n) {
    options.seed = begin + n;
    try {
      simulate(options, body);
    } catch (...) {
      return n;
    }
  }
  return schedules();
}

template <class Body>
void measure(std::size_t series, const simulate_options& options, Body body) {
  std::string row = "| " + Catch::getResultCapture().getCurrentTestName() + " |";
  for (const auto strategy :
       {simulate_strategy::random, simulate_strategy::priorities, simulate_strategy::delays, simulate_strategy::mixed}) {
    simulate_options chosen = options;
    chosen.strategy = strategy;
    std::size_t all = 0;
    for (std::size_t i = 0; i < series; ++i)
      all += schedules_until_found(i * 1'000'003, chosen, body);
    row += " " + std::to_string((all + series / 2) / series) + " |";
  }
  std::fprintf(stderr, "%s\n", row.c_str());
}

template <class Body>
void under_many_schedules(Body body, simulate_options options = {}) {
  const quiet_reports quiet;
  if (const std::size_t series = number_from("PLANTED_MEASURE", 0))
    return measure(series, options, body);
  for_each_seed(schedules(), [&](auto seed) {
    options.seed = seed;
    simulate(options, body);
  });
}

}  // namespace

TEST_CASE("planted 02: what a process sent arrives before its exit") {
  under_many_schedules([]() -> process {
    trap_exits();
    const pid child = spawn_link([to = self()] { send(to, 1), send(to, 2); });
    for (int expected = 1; expected < 3; ++expected) {
      const auto next = co_await receive<int, exited>();
      const int* n = std::get_if<int>(&next);
      REQUIRE((n && *n == expected));
    }
    const exited e = co_await receive<exited>();
    REQUIRE(e.who == child);
  });
}

TEST_CASE("planted 03: no exit arrives after unlink") {
  under_many_schedules([]() -> process {
    trap_exits();
    const pid child = spawn_link([] { exit(exit_reason("gone")); });
    co_await yield();
    unlink(child);
    (void)co_await receive<exited>(within(0s));  // one that was here already
    const auto later = co_await receive<exited>(within(1s));
    REQUIRE_FALSE(later);
  });
}

TEST_CASE("planted 04: a monitor fires once") {
  under_many_schedules([]() -> process {
    const pid child = spawn([] {});
    co_await yield();
    const monitor_ref watch = monitor(child);
    (void)co_await receive<down>(watch);
    const auto again = co_await receive<down>(within(1s));
    REQUIRE_FALSE(again);
  });
}

TEST_CASE("planted 05: at DOWN the name is free") {
  under_many_schedules([]() -> process {
    auto [child, watch] = spawn(spawn_options{.monitor = true, .name = "mortal"}, [] {});
    (void)co_await receive<down>(watch);
    REQUIRE_FALSE(whereis("mortal"));
  });
}

TEST_CASE("planted 06: a message to the dead never reaches a stranger") {
  under_many_schedules([]() -> process {
    const pid mortal = spawn([] {});
    spawn([mortal] { send(mortal, std::string("for the dead")); });
    for (int i = 0; i < 3; ++i)
      spawn([to = self()]() -> process {  // in the slot of one of the two, perhaps
        const auto stray = co_await receive<std::string>(within(1s));
        send(to, !stray);
      });
    for (int i = 0; i < 3; ++i) {
      const bool clean = co_await receive<bool>();
      REQUIRE(clean);
    }
  });
}

TEST_CASE("planted 07: work that could not be handed over leaves no wait behind") {
  under_many_schedules(
      []() -> process {
        for (int i = 0; i < 3; ++i) {
          try {
            (void)co_await blocking([] { return 1; });
          } catch (const std::system_error&) {}
          co_await yield();
        }
      },
      {.faults = {.blocking = 0.2}});
}

TEST_CASE("planted 08: a message in time is the end of the deadline") {
  under_many_schedules([]() -> process {
    const pid server = spawn([to = self()]() -> process {
      send(to, 1);
      const auto asked = co_await receive<request<slow_question>>();
      co_await sleep(10s);
      asked.reply(2);
    });
    const auto first = co_await receive<int>(within(5s));
    REQUIRE(first == 1);
    const auto second = co_await try_call(server, slow_question{}, infinity);
    REQUIRE(second);
    REQUIRE(*second == 2);
  });
}

TEST_CASE("planted 09: nothing stops a kill") {
  under_many_schedules([]() -> process {
    auto [stubborn, watch] = spawn_monitor([]() -> process {
      for (int i = 0; i < 100; ++i) {
        try {
          co_await receive([](int) {}, after(1s, [] {}));
        } catch (...) {}
      }
    });
    send(stubborn, 1);
    exit(stubborn, reason::kill);
    const auto d = co_await receive<down>(watch, within(10s));
    REQUIRE(d);
    REQUIRE(d->why == reason::killed);
  });
}

TEST_CASE("planted 10: a supervisor replaces every child that dies") {
  under_many_schedules([]() -> process {
    const auto worker = []() -> process {
      init_ack();
      co_await sleep(infinity);
    };
    const auto slow_to_end = []() -> process {
      trap_exits();
      init_ack();
      co_await receive<exited>();
      co_await sleep(1ms);
    };
    const pid boss = spawn_link([=]() -> process {
      co_await supervise({.strategy = restart_strategy::rest_for_one},
                         {child("first", worker), child("second", worker), child("third", slow_to_end)});
    });
    const std::vector<child_info> children = co_await which_children(boss);
    exit(children[1].process, exit_reason("enough"));
    exit(children[0].process, exit_reason("enough"));
    co_await sleep(1s);
    for (const child_info& c : co_await which_children(boss)) {
      const bool alive = co_await is_alive(c.process);
      REQUIRE(alive);
    }
    unlink(boss);
  });
}

namespace {
struct wanted {
  int tag = 0;
};
struct noise {};

task<bool> gets(int tag) {
  const auto m = co_await receive<wanted>([tag](const wanted& w) { return w.tag == tag; }, within(1s));
  co_return m.has_value();
}
}  // namespace

TEST_CASE("planted 11: what a guard refused is received when it is wanted") {
  under_many_schedules([]() -> process {
    trap_exits();
    spawn([to = self()]() -> process {
      send(to, wanted{2});
      co_await yield();
      exit(to, exit_reason("in between"));
      for (int i = 0; i < 100; ++i)
        send(to, noise{});
      co_await yield();
      send(to, wanted{1});
    });
    const bool first = co_await gets(1), second = co_await gets(2);
    REQUIRE(first);
    REQUIRE(second);
  });
}
