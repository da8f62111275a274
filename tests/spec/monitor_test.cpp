// Monitors. semantics.md 3.6
#include "spec.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace {

struct ready {};

}  // namespace

TEST_CASE("C083 DOWN carries the monitor, the process and the reason, and fires once") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref watch = monitor(p);
    CHECK(watch);
    exit(p, exit_reason("boom"));
    const down d = co_await receive<down>();
    CHECK(d.monitor == watch);
    CHECK(d.who == p);
    CHECK(d.why == exit_reason("boom"));
    CHECK(d.name.empty());
    const std::optional<down> again = co_await receive<down>(within(5ms));
    CHECK_FALSE(again);
  });
}

TEST_CASE("a DOWN is an ordinary message, received selectively") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()] { send(to, 1); });
    const down d = co_await receive<down>(watch);
    CHECK(d.why == reason::normal);
    const int n = co_await receive<int>();
    CHECK(n == 1);
  });
}

TEST_CASE("the chapter's monitor: spawn_monitor and a child that sleeps 500 ms") {
  spec::in_simulation(3, []() -> process {
    const auto before = now();
    auto [p, watch] = spawn_monitor([]() -> process { co_await sleep(500ms); });
    const bool alive = co_await is_alive(p);
    CHECK(alive);
    const down d = co_await receive<down>(watch);
    CHECK(d.who == p);
    CHECK(d.why == reason::normal);
    CHECK(now() - before == 500ms);
    const bool after = co_await is_alive(p);
    CHECK_FALSE(after);
  });
}

TEST_CASE("C084 a monitor of a dead process, of nobody or of an unknown name: no exception, DOWN with noproc") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    const monitor_ref first = monitor(dead);
    const down of_dead = co_await receive<down>(first);
    CHECK(of_dead.who == dead);
    CHECK(of_dead.why == reason::noproc);
    const monitor_ref second = monitor(pid{});
    const down of_nobody = co_await receive<down>(second);
    CHECK(of_nobody.why == reason::noproc);
    const monitor_ref third = monitor("spec nobody");
    const down of_name = co_await receive<down>(third);
    CHECK(of_name.why == reason::noproc);
    CHECK(of_name.name == "spec nobody");
    CHECK(of_name.who == pid{});
  });
}

TEST_CASE("C085 of three monitors one is demonitored: exactly two DOWNs, with the right references") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref first = monitor(p), second = monitor(p), third = monitor(p);
    CHECK(first != second);
    CHECK(second != third);
    const bool found = demonitor(second);
    CHECK(found);
    exit(p, reason::kill);
    (void)co_await receive<down>(third);
    (void)co_await receive<down>(first);
    const std::optional<down> more = co_await receive<down>(within(5ms));
    CHECK_FALSE(more);
  });
}

TEST_CASE("C086 a monitor by name: the DOWN says the name, and who it found") {
  spec::in_process([]() -> process {
    const pid p = spawn(spawn_options{.name = "spec watched"}, spec::idle).process;
    const monitor_ref watch = monitor("spec watched");
    exit(p, exit_reason("boom"));
    const down d = co_await receive<down>(watch);
    CHECK(d.name == "spec watched");
    CHECK(d.who == p);
    CHECK(d.why == exit_reason("boom"));
  });
}

TEST_CASE("a monitor by name looks the name up once: a later owner of the name is not watched") {
  spec::in_process([]() -> process {
    const pid first = spawn(spec::idle), second = spawn(spec::idle);
    register_name("spec passed on", first);
    const monitor_ref watch = monitor(std::string("spec passed on"));
    unregister_name("spec passed on");
    register_name("spec passed on", second);
    exit(second, reason::kill);
    (void)co_await spec::end_of(second);
    const std::optional<down> early = co_await receive<down>(watch, within(5ms));
    CHECK_FALSE(early);
    exit(first, reason::kill);
    const down d = co_await receive<down>(watch);
    CHECK(d.who == first);
  });
}

TEST_CASE("monitor of self gives a reference, never fires and is not listed") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()]() -> process {
      const monitor_ref own = monitor(self());
      const auto info = co_await inspect(self());
      send(to, std::pair(own != monitor_ref{}, info->monitors.size()));
      const std::optional<down> d = co_await receive<down>(within(2ms));
      send(to, d.has_value());
    });
    const auto [is_reference, listed] = co_await receive<std::pair<bool, std::size_t>>();
    const bool fired = co_await receive<bool>();
    CHECK(is_reference);
    CHECK(listed == 0);
    CHECK_FALSE(fired);
    (void)co_await receive<down>(watch);
  });
}

TEST_CASE("C091 demonitor with flush and info of a monitor that fired: false, and only its DOWN is gone") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref first = monitor(p), second = monitor(p);
    exit(p, reason::kill);
    while (co_await spec::unread() < 2)  // both have fired; each in its own time
      co_await yield();
    const bool found = demonitor(first, {.flush = true, .info = true});
    CHECK_FALSE(found);
    const std::optional<down> of_first = co_await receive<down>(first, within(5ms));
    CHECK_FALSE(of_first);
    const std::optional<down> of_second = co_await receive<down>(second, within(10s));
    CHECK(of_second);
  });
}

TEST_CASE("demonitor with info: true when the monitor was found, false when it was not") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref watch = monitor(p);
    const bool first = demonitor(watch, {.info = true});
    const bool second = demonitor(watch, {.info = true});
    CHECK(first);
    CHECK_FALSE(second);
    const monitor_ref other = monitor(p);
    const bool flushed = demonitor(other, {.flush = true, .info = true});
    CHECK(flushed);
    exit(p, reason::kill);
    (void)co_await spec::end_of(p);
    const std::optional<down> d = co_await receive<down>(within(5ms));
    CHECK_FALSE(d);
  });
}

TEST_CASE("after demonitor no DOWN is added; one that is queued stays, unless flushed") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 100; ++i) {
      auto [p, watch] = spawn_monitor([] {});
      if (i % 2)
        co_await yield();
      demonitor(watch, {.flush = true});
      const std::optional<down> d = co_await receive<down>(watch, within(i % 10 ? 0ms : 1ms));
      REQUIRE_FALSE(d);
    }
    auto [p, watch] = spawn_monitor([] {});
    const monitor_ref later = monitor(p);
    (void)co_await receive<down>(later);
    while (co_await is_alive(p)) {}
    (void)co_await spec::unread();
    demonitor(watch);
    const std::optional<down> queued = co_await receive<down>(watch, within(0s));
    CHECK(queued);
  });
}

TEST_CASE("C092 demonitor of an unknown reference, twice, or of another's: true, and no effect") {
  spec::in_process([]() -> process {
    CHECK(demonitor(monitor_ref{}));
    const pid p = spawn(spec::idle);
    const monitor_ref watch = monitor(p);
    auto [other, watch_other] = spawn_monitor([watch, to = self()] { send(to, demonitor(watch)); });
    const bool by_other = co_await receive<bool>();
    CHECK(by_other);
    (void)co_await receive<down>(watch_other);
    auto [target, watch_target] = spawn_monitor([to = self()]() -> process {
      const monitor_ref mine = co_await receive<monitor_ref>();
      send(to, demonitor(mine));
      exit(exit_reason("still seen"));
    });
    send(target, watch_target);
    const bool by_target = co_await receive<bool>();
    CHECK(by_target);
    const down seen = co_await receive<down>(watch_target);
    CHECK(seen.why == exit_reason("still seen"));
    exit(p, reason::kill);
    const down d = co_await receive<down>(watch);
    CHECK(d.why == reason::killed);
    CHECK(demonitor(watch));
    CHECK(demonitor(watch));
  });
}

TEST_CASE("C093 the watcher's death removes its entry from the target") {
  spec::in_process([]() -> process {
    const pid target = spawn(spec::idle);
    auto [watcher, watch] = spawn_monitor([target, to = self()]() -> process {
      (void)monitor(target);
      send(to, ready{});
      co_await sleep(infinity);
    });
    (void)co_await receive<ready>();
    auto info = co_await inspect(target);
    REQUIRE(info);
    CHECK(info->monitored_by == std::vector<pid>{watcher});
    exit(watcher, reason::kill);
    (void)co_await receive<down>(watch);
    for (int i = 0; i < 10'000 && !info->monitored_by.empty(); ++i) {
      co_await yield();
      info = co_await inspect(target);
      REQUIRE(info);
    }
    CHECK(info->monitored_by.empty());
  });
}

TEST_CASE("C094 A monitors B, sends it an exit signal and ends: B is unaffected when it traps") {
  spec::in_process([]() -> process {
    const pid b = spawn([to = self()]() -> process {
      trap_exits();
      send(to, ready{});
      co_await sleep(infinity);
    });
    (void)co_await receive<ready>();
    auto [a, watch] = spawn_monitor([b] {
      (void)monitor(b);
      exit(b, exit_reason("foo"));
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
    const bool alive = co_await is_alive(b);
    CHECK(alive);
  });
}

TEST_CASE("C095 being monitored, and the watcher's death, never affect a process") {
  spec::in_process([]() -> process {
    const pid target = spawn(spec::idle);
    for (int i = 0; i < 20; ++i) {
      auto [watcher, watch] = spawn_monitor([target, i] {
        (void)monitor(target);
        exit(exit_reason(i));
      });
      (void)co_await receive<down>(watch);
    }
    const bool alive = co_await is_alive(target);
    CHECK(alive);
    const auto info = co_await inspect(target);
    REQUIRE(info);
    CHECK(info->mailbox_length == 0);
  });
}

TEST_CASE("C096 ten processes monitor each other twice: monitors and monitored_by say so") {
  spec::in_process([]() -> process {
    std::vector<pid> all;
    for (int i = 0; i < 10; ++i)
      all.push_back(spawn([to = self()]() -> process {
        const auto others = co_await receive<std::vector<pid>>();
        for (int twice = 0; twice < 2; ++twice)
          for (const pid other : others)
            if (other != self())
              (void)monitor(other);
        send(to, ready{});
        co_await sleep(infinity);
      }));
    for (const pid p : all)
      send(p, all);
    for (std::size_t i = 0; i < all.size(); ++i)
      (void)co_await receive<ready>();
    for (const pid p : all) {
      std::vector<pid> expected;
      for (const pid other : all)
        if (other != p)
          expected.insert(expected.end(), 2, other);
      std::sort(expected.begin(), expected.end());
      auto info = co_await inspect(p);
      REQUIRE(info);
      for (int i = 0; i < 10'000 && info->monitored_by.size() < 18; ++i) {
        co_await yield();
        info = co_await inspect(p);
      }
      std::vector<pid> watches;
      for (const monitored& m : info->monitors) {
        CHECK(m.name.empty());
        watches.push_back(m.who);
      }
      std::sort(watches.begin(), watches.end());
      std::sort(info->monitored_by.begin(), info->monitored_by.end());
      CHECK(watches == expected);
      CHECK(info->monitored_by == expected);
    }
  });
}

TEST_CASE("inspect lists a monitor by name with its name") {
  spec::in_process([]() -> process {
    const pid p = spawn(spawn_options{.name = "spec listed"}, spec::idle).process;
    const monitor_ref watch = monitor("spec listed");
    const auto info = co_await inspect(self());
    REQUIRE(info->monitors.size() == 1);
    CHECK(info->monitors[0].name == "spec listed");
    demonitor(watch);
    exit(p, reason::kill);
    (void)co_await spec::end_of(p);
  });
}

TEST_CASE("C098 1000 monitors whose target is killed: exactly 1000 DOWNs, each reference once") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    std::set<monitor_ref> expected;
    for (int i = 0; i < 1000; ++i)
      expected.insert(monitor(p));
    REQUIRE(expected.size() == 1000);
    exit(p, reason::kill);
    for (int i = 0; i < 1000; ++i) {
      const down d = co_await receive<down>();
      REQUIRE(expected.erase(d.monitor) == 1);
      REQUIRE(d.why == reason::killed);
    }
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
    const auto info = co_await inspect(self());
    CHECK(info->monitors.empty());
  });
}
