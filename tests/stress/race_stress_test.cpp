// Links, monitors, exits and messages that meet: what must hold whoever comes first.
#include "stress.hpp"

#include <algorithm>
#include <random>

namespace {

const exit_reason boom("boom");

struct go {};
struct over {
  pid who;
};

task<std::vector<pid>> links_of(pid who) { co_return (co_await inspect(who))->links; }

// Tells two sides of each other, and looks when both have said that they are over.
task<bool> agree_at_rest(pid a, pid b) {
  send(a, b);
  send(b, a);
  co_await receive<over>();
  co_await receive<over>();
  for (int look = 0; look < 2; ++look) {  // a link, an unlink and its acknowledgement: at rest after two
    (void)co_await is_alive(a);
    (void)co_await is_alive(b);
  }
  const auto of_a = co_await links_of(a), of_b = co_await links_of(b);
  co_await stress::kill_all({a, b});
  co_return of_a.size() == of_b.size();
}

}  // namespace

TEST_CASE("both sides link, or link and unlink, at once: both agree, both live") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(1'500, 50'000, 200);
    int disagree = 0;
    const auto side = [](pid boss, bool unlinks) -> process {
      const pid other = co_await receive<pid>();
      link(other);
      if (unlinks)
        unlink(other);
      send(boss, over{self()});
      co_await sleep(infinity);
    };
    for (int i = 0; i < rounds; ++i) {
      const pid a = spawn(side, self(), i % 2 == 0), b = spawn(side, self(), i % 3 == 0);
      disagree += !co_await agree_at_rest(a, b);
    }
    CHECK(disagree == 0);
  });
}

TEST_CASE("500 random links, unlinks and yields on both sides: agreement at rest") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(60, 5'000, 10);
    int disagree = 0;
    const auto side = [](pid boss, unsigned seed) -> process {
      const pid other = co_await receive<pid>();
      std::mt19937 random(seed);
      for (int step = 0; step < 500; ++step)
        switch (random() % 3) {
          case 0:
            link(other);
            break;
          case 1:
            unlink(other);
            break;
          default:
            co_await yield();
        }
      send(boss, over{self()});
      co_await sleep(infinity);
    };
    for (int i = 0; i < rounds; ++i) {
      const auto seed = static_cast<unsigned>(i);
      const pid a = spawn(side, self(), seed), b = spawn(side, self(), seed + 1'000'000);
      disagree += !co_await agree_at_rest(a, b);
    }
    CHECK(disagree == 0);
  });
}

TEST_CASE("one unlinks and dies while the other links anew: the real reason, noproc or nothing, and no link is left") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(3'000, 100'000, 400);
    trap_exits();
    int bad = 0;
    for (int i = 0; i < rounds; ++i) {
      auto [p, watch] = spawn_monitor(
          [](pid boss) -> process {
            link(boss);
            send(boss, go{});
            co_await receive<go>();
            unlink(boss);
            exit(boom);
          },
          self());
      co_await receive<go>();
      send(p, go{});
      if (i % 2 == 0)
        co_await yield();
      unlink(p);
      link(p);
      co_await receive<down>(watch);
      for (bool linked = true; linked;) {  // until its exit signal, a noproc or its own unlink has arrived
        const auto links = co_await links_of(self());
        linked = std::count(links.begin(), links.end(), p) > 0;
      }
      if (const auto e = co_await receive<exited>(p, within(0s)))
        bad += e->why != boom && e->why != reason::noproc;
      bad += (co_await receive<exited>(within(0s))).has_value();
    }
    CHECK(bad == 0);
  });
}

TEST_CASE("kill then unlink, kill then demonitor: no late EXIT or DOWN") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(3'000, 50'000, 400);
    trap_exits();
    for (int i = 0; i < rounds; ++i) {
      const pid p = spawn(spawn_options{.prio = priority::low}, spec::idle).process;
      link(p);
      const monitor_ref watch = monitor(p);
      exit(p, reason::kill);
      unlink(p);
      demonitor(watch, {.flush = true});
      co_await receive<exited>(p, within(0s));
    }
    co_await sleep(5ms);
    const auto late_exit = co_await receive<exited>(within(0s));
    const auto late_down = co_await receive<down>(within(0s));
    CHECK_FALSE(late_exit);
    CHECK_FALSE(late_down);
  });
}

TEST_CASE("kill by one, link by another, unlink by a third, exit normal by a fourth: one death, one story each") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(1'500, 100'000, 200);
    int bad = 0;
    for (int i = 0; i < rounds; ++i) {
      auto [p, watch] = spawn_monitor(spec::idle);
      const pid boss = self();
      spawn([](pid p) { exit(p, reason::kill); }, p);
      spawn([](pid p) { exit(p, reason::normal); }, p);
      spawn(
          [](pid p, pid boss) -> process {
            trap_exits();
            unlink(p);
            co_await yield();
            const auto none = co_await receive<exited>(within(0s));
            send(boss, !none);
          },
          p, boss);
      spawn(
          [](pid p, pid boss) -> process {
            trap_exits();
            link(p);
            const exited e = co_await receive<exited>(p);
            co_await yield();
            const auto second = co_await receive<exited>(within(0s));
            send(boss, (e.why == reason::killed || e.why == reason::noproc) && !second);
          },
          p, boss);
      for (int k = 0; k < 2; ++k)
        bad += !co_await receive<bool>();
      bad += (co_await receive<down>(watch)).why != reason::killed;
    }
    CHECK(bad == 0);
  });
}

TEST_CASE("many killers with different reasons, many watchers: all see one reason") {
  stress::shape([]() -> process {
    const int killers = stress::sized(50, 100, 20), watchers = stress::sized(300, 1'000, 60);
    for (int round = 0; round < 3; ++round) {
      const pid p = spawn(spec::idle);
      for (int w = 0; w < watchers; ++w)
        spawn(
            [](pid p, pid boss) -> process {
              const monitor_ref m = monitor(p);
              send(boss, go{});
              send(boss, (co_await receive<down>(m)).why);
            },
            p, self());
      for (int w = 0; w < watchers; ++w)
        co_await receive<go>();
      for (int k = 0; k < killers; ++k)
        spawn([](pid p, int k) { exit(p, exit_reason(k)); }, p, k);
      const exit_reason first = co_await receive<exit_reason>();
      int same = 1;
      for (int w = 1; w < watchers; ++w)
        same += co_await receive<exit_reason>() == first;
      CHECK(same == watchers);
    }
  });
}

TEST_CASE("monitor groups: demonitor with info is true exactly when no DOWN comes") {
  stress::shape([]() -> process {
    const int watchers = stress::sized(60, 100, 20), targets = stress::sized(60, 100, 20);
    int bad = 0;
    for (int w = 0; w < watchers; ++w)
      spawn(
          [](int targets, pid boss) -> process {
            int bad = 0;
            for (int t = 0; t < targets; ++t) {
              auto [p, m] = spawn_monitor([] {});
              if (t % 3 == 0)
                co_await yield();
              const bool found = demonitor(m, {.info = true});
              const auto d = co_await receive<down>(m, within(0s));
              bad += found == d.has_value();
            }
            send(boss, bad);
          },
          targets, self());
    for (int w = 0; w < watchers; ++w)
      bad += co_await receive<int>();
    CHECK(bad == 0);
  });
}

TEST_CASE("one watcher of many, many watchers of one, many of many: exact counts, each reference once") {
  stress::shape([]() -> process {
    const int n = stress::sized(20'000, 100'000, 2'000);
    std::vector<monitor_ref> watches;
    for (int i = 0; i < n; ++i)
      watches.push_back(spawn_monitor([]() -> process { co_return; }).monitor);
    std::sort(watches.begin(), watches.end());
    std::vector<monitor_ref> seen;
    for (int i = 0; i < n; ++i)
      seen.push_back((co_await receive<down>()).monitor);
    std::sort(seen.begin(), seen.end());
    CHECK(seen == watches);
    const pid one = spawn(spec::idle);
    for (int i = 0; i < n; ++i)
      spawn(
          [](pid one, pid boss) -> process {
            const monitor_ref m = monitor(one);
            send(boss, go{});
            send(boss, (co_await receive<down>()).monitor == m);
          },
          one, self());
    for (int i = 0; i < n; ++i)
      co_await receive<go>();
    const auto info = co_await inspect(one);
    CHECK(info->monitored_by.size() == static_cast<std::size_t>(n));
    exit(one, boom);
    int good = 0;
    for (int i = 0; i < n; ++i)
      good += co_await receive<bool>();
    CHECK(good == n);
  });
}

TEST_CASE("monitor and demonitor spam at a process that looks at itself: counts are consistent") {
  stress::shape([]() -> process {
    const int spam = stress::sized(30'000, 3'000'000, 2'000);
    const pid target = spawn([]() -> process {
      while (true) {
        (void)co_await inspect(self());
        co_await yield();
      }
    });
    const auto spammer = [](pid target, int spam, pid boss) -> process {
      for (int i = 0; i < spam; ++i) {
        demonitor(monitor(target));
        if (i % 64 == 0)
          co_await yield();
      }
      send(boss, over{self()});
    };
    for (int s = 0; s < 2; ++s)
      spawn(spammer, target, spam, self());
    co_await receive<over>();
    co_await receive<over>();
    const auto info = co_await inspect(target);
    CHECK(info->monitored_by.empty());
    co_await stress::kill_all({target});
  });
}

TEST_CASE("demonitor of an alias monitor while its target dies: no DOWN after the flush") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(3'000, 100'000, 400);
    for (int i = 0; i < rounds; ++i) {
      const pid p = spawn(spec::idle);
      const monitor_ref m = monitor(p, {.alias = i % 2 ? alias_until::demonitored : alias_until::replied});
      exit(p, i % 2 ? boom : exit_reason(std::string(100, 'x')));
      if (i % 3 == 0)
        co_await yield();
      demonitor(m, {.flush = true});
      send(m, go{});
    }
    co_await sleep(2ms);
    const auto d = co_await receive<down>(within(0s));
    const auto g = co_await receive<go>(within(0s));
    CHECK_FALSE(d);
    CHECK_FALSE(g);
  });
}

TEST_CASE("three good messages, an exit signal, three bad ones: never a bad one") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(3'000, 300'000, 400);
    auto bad = std::make_shared<std::atomic<int>>(0);
    for (int i = 0; i < rounds; ++i) {
      auto [p, watch] = spawn_monitor(
          [](std::shared_ptr<std::atomic<int>> bad) -> process {
            while (true)
              co_await receive([&](bool good) { *bad += !good; });
          },
          bad);
      for (int k = 0; k < 3; ++k)
        send(p, true);
      exit(p, boom);
      for (int k = 0; k < 3; ++k)
        send(p, false);
      co_await receive<down>(watch);
    }
    CHECK(*bad == 0);
  });
}
