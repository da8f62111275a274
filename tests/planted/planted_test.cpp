// The tests that find the planted bugs; on the tree as it is they pass. How many schedules: PLANTED_SCHEDULES, else 10 000.
#include "catch.hpp"
#include "mini_supervisor.hpp"

#include <brood/brood.hpp>

#include <cstdlib>
#include <new>
#include <string>

using namespace brood;
using namespace std::chrono_literals;

namespace {

std::size_t schedules() {
  const char* text = std::getenv("PLANTED_SCHEDULES");
  return text ? std::strtoull(text, nullptr, 10) : 10'000;
}

template <class Body>
void under_many_schedules(Body body, simulate_options options = {}) {
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

TEST_CASE("planted 07: a question that could not be sent leaves nothing behind") {
  under_many_schedules(
      []() -> process {
        const pid other = self();
        for (int i = 0; i < 3; ++i) {
          try {
            (void)co_await is_alive(other);
          } catch (const std::bad_alloc&) {}
          co_await yield();
        }
      },
      {.faults = {.allocation = 0.2}});
}

TEST_CASE("planted 08: a message in time is the end of the deadline") {
  under_many_schedules([]() -> process {
    spawn([to = self()]() -> process {
      send(to, 1);
      co_await sleep(10s);
      send(to, 2);
    });
    const auto first = co_await receive<int>(within(5s));
    REQUIRE(first == 1);
    const auto second = co_await receive<int>();
    REQUIRE(second == 2);
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
    const pid supervisor = spawn_link(planted::keep_alive, 2, self(), [](pid boss) -> process {
      send(boss, planted::started{self()});
      co_await sleep(infinity);
    });
    pid children[2];
    for (pid& child : children)
      child = (co_await receive<planted::started>()).who;
    for (const pid child : children)
      exit(child, exit_reason("enough"));
    for (int restarts = 0; restarts < 2; ++restarts) {
      const auto next = co_await receive<planted::started>(within(10s));
      REQUIRE(next);
    }
    unlink(supervisor);
  });
}
