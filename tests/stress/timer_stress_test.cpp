// Timers and receives under load.
#include "spec/cpu_clock.hpp"
#include "stress.hpp"

namespace {

struct tick {
  int n = 0;
};
struct go {};

}  // namespace

TEST_CASE("a burst of timers for one instant: all fire, none early, others run meanwhile") {
  stress::shape([]() -> process {
    const int n = stress::sized(30'000, 1'000'000, 2'000);
    const auto when = now() + 50ms;
    for (int i = 0; i < n; ++i)
      send_at(when, self(), stress::counted(i));
    int early = 0;
    for (int i = 0; i < n; ++i) {
      (void)co_await receive<stress::counted>();
      early += now() < when;
    }
    CHECK(early == 0);
  });
}

TEST_CASE("timers cancelled around their expiry by two processes: a message or a remainder, never both, never neither") {
  stress::shape([]() -> process {
    const int n = stress::sized(5'000, 100'000, 500);
    std::vector<timer_ref> timers;
    const auto when = now() + 5ms;
    for (int i = 0; i < n; ++i)
      timers.push_back(send_at(when, self(), tick{i}));
    const pid other = spawn(
        [](std::vector<timer_ref> timers, pid boss) -> process {
          int cancelled = 0;
          for (std::size_t i = 0; i < timers.size(); i += 2) {
            cancelled += cancel_timer(timers[i]).has_value();
            if (i % 64 == 0)
              co_await yield();
          }
          send(boss, cancelled);
        },
        timers, self());
    co_await sleep(4500us);
    int cancelled = 0;
    for (std::size_t i = 1; i < timers.size(); i += 2)
      cancelled += cancel_timer(timers[i]).has_value();
    cancelled += co_await receive<int>();
    co_await sleep(10ms);
    int fired = 0;
    // All that are due, and then a moment for one too many.
    while (co_await receive<tick>(within(fired + cancelled < n ? 10'000ms : 20ms)))
      ++fired;
    CHECK(fired + cancelled == n);
    (void)other;
  });
}

TEST_CASE("the owner of many timers is killed: nothing fires, their messages are destroyed") {
  stress::shape([]() -> process {
    const int n = stress::sized(20'000, 100'000, 2'000);
    auto [p, watch] = spawn_monitor(
        [](int n, pid boss) -> process {
          for (int i = 0; i < n; ++i)
            send_after(1h, self(), stress::counted(i));
          send(boss, go{});
          co_await sleep(infinity);
        },
        n, self());
    co_await receive<go>();
    CHECK(stress::counted::living() == n);
    CHECK(inspect_runtime().timers == static_cast<std::size_t>(n));
    exit(p, reason::kill);
    co_await receive<down>(watch);
    CHECK(stress::counted::living() == 0);
    CHECK(inspect_runtime().timers == 0);
  });
}

TEST_CASE("many timers to one target: from whichever end they are cancelled, and when it dies, each costs the same") {
  stress::shape([]() -> process {
    const int n = stress::sized(30'000, 200'000, 4'000);
    const auto arm = [](int n, pid target) {
      std::vector<timer_ref> timers;
      for (int i = 0; i < n; ++i)
        timers.push_back(send_after(1h, target, stress::counted(i)));
      return timers;
    };
    const pid target = spawn(spec::idle);
    const auto begin = now();
    std::vector<timer_ref> timers = arm(n, target);
    for (std::size_t i = 0; i < timers.size() / 3; ++i)
      CHECK(cancel_timer(timers[i]));
    while (timers.size() > static_cast<std::size_t>(n) * 2 / 3) {
      CHECK(cancel_timer(timers.back()));
      timers.pop_back();
    }
    CHECK(inspect_runtime().timers == timers.size() - static_cast<std::size_t>(n) / 3);
    co_await stress::kill_all({target});
    CHECK(inspect_runtime().timers == 0);
    for (const timer_ref timer : arm(n, target))  // dead: each is cancelled at once
      CHECK_FALSE(read_timer(timer));
    CHECK(stress::counted::living() == 0);
    CHECK(now() - begin < 10s);  // a search among those to the same target took minutes
  });
}

TEST_CASE("timers of no time made when another fires do not hold up the rest") {
  stress::shape([]() -> process {
    const int n = stress::sized(10'000, 100'000, 1'000);
    const auto begin = now();
    send_after(20ms, self(), go{});
    send_after(0s, self(), tick{0});
    int fired = 0;
    bool late = false;
    while (fired < n || !late)
      co_await receive(
          [&](tick) {
            if (++fired < n)
              send_after(0s, self(), tick{fired});
          },
          [&](go) { late = true; });
    CHECK(now() - begin >= 20ms);
  });
}

TEST_CASE("more timers than anybody can serve: they are late, processes are not") {
  stress::shape([]() -> process {
    const int timers = stress::sized(20'000, 100'000, 2'000), turns = stress::sized(20'000, 100'000, 2'000);
    const pid sink = spawn(spawn_options{.max_mailbox = 1, .on_overflow = overflow::drop_newest}, spec::idle).process;
    for (int i = 0; i < timers; ++i)
      send_every(1us, sink, stress::counted(i));
    const auto begin = now();
    for (int i = 0; i < turns; ++i)
      co_await yield();
    CHECK(now() - begin < 20s);  // were all served between two turns it took minutes
    co_await stress::kill_all({sink});
    CHECK(inspect_runtime().timers == 0);
  });
}

TEST_CASE("after, a message and an exit signal at the same instant: exactly one outcome each") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(300, 20'000, 60);
    int bad = 0;
    for (int i = 0; i < rounds; ++i) {
      const auto when = now() + 500us;
      auto [p, watch] = spawn_monitor(
          [](process_clock::time_point when, pid boss) -> process {
            send_at(when, self(), tick{1});
            const int outcome = co_await receive([](tick) { return 1; }, after(std::max(when - now(), 0ns), [] { return 2; }));
            send(boss, outcome);
            if (outcome == 2)
              co_await receive<tick>();
            co_await sleep(infinity);
          },
          when, self());
      exit_after(std::max(when - now(), 0ns), p, exit_reason("third"));
      const down d = co_await receive<down>(watch);
      bad += d.why != exit_reason("third");
      int outcomes = 0;
      while (co_await receive<int>(within(0s)))
        ++outcomes;
      bad += outcomes > 1;
    }
    CHECK(bad == 0);
  });
}

TEST_CASE("blasters with one deadline: none early") {
  stress::shape([]() -> process {
    const int n = stress::sized(10'000, 100'000, 1'000);
    const auto when = now() + 100ms;
    for (int i = 0; i < n; ++i)
      spawn(
          [](process_clock::time_point when, pid boss) -> process {
            co_await receive(after(std::max(when - now(), 0ns)));
            send(boss, now() >= when);
          },
          when, self());
    int good = 0;
    for (int i = 0; i < n; ++i)
      good += co_await receive<bool>();
    CHECK(good == n);
  });
}

TEST_CASE("a mailbox of unread messages: waiting for answers and DOWNs costs what it costs without") {
  stress::shape([]() -> process {
    const int unread = stress::sized(200'000, 500'000, 10'000), rounds = stress::sized(2'000, 10'000, 200);
    const auto work = [](int rounds) -> task<spec::cpu_clock::duration> {
      const auto begin = spec::cpu_clock::now();
      for (int i = 0; i < rounds; ++i) {
        auto [p, m] = spawn_monitor([] {});
        (void)co_await is_alive(p);
        (void)co_await receive<down>(m);
      }
      co_return spec::cpu_clock::now() - begin;
    };
    const auto empty = co_await work(rounds);
    for (int i = 0; i < unread; ++i)
      send(self(), tick{i});
    const auto loaded = co_await work(rounds);
    CHECK(loaded < 10 * empty + 50ms);
    int wrong = 0;
    for (int i = 0; i < unread; ++i)
      wrong += (co_await receive<tick>()).n != i;
    CHECK(wrong == 0);
  });
}

TEST_CASE("a flood of messages and normal exits around receives for one reference: the client stays responsive") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(300, 20'000, 60);
    trap_exits();
    const pid boss = self();
    const pid flood = spawn(
        [](pid boss) -> process {
          for (unsigned i = 1;; i = i * 1103515245 + 12345) {
            send(boss, stress::counted(1));
            if (i % 5 == 0)
              exit(boss, reason::normal);
            co_await yield();
          }
        },
        boss);
    for (int i = 0; i < rounds; ++i) {
      auto [p, m] = spawn_monitor([] {});
      (void)co_await receive<down>(m);
      // Not until nothing is left: in a sanitizer's build the flood sends faster than anybody can receive.
      for (int taken = 0; taken < 500 && co_await receive<stress::counted, exited>(within(0s)); ++taken) {}
    }
    co_await stress::kill_all({flood});
    while (co_await receive<any_message>(within(0s))) {}
  });
}

TEST_CASE("one scheduler: spinners that only send, only poll or only yield leave timers and others their turn") {
  stress::run_shape(1, []() -> process {
    const pid sink = spawn([]() -> process {
      while (true)
        co_await receive([](tick) {});
    });
    const std::vector<pid> all{sink,
                               spawn(
                                   [](pid sink) -> process {
                                     while (true) {
                                       for (int i = 0; i < 100; ++i)
                                         send(sink, tick{i});
                                       co_await yield();
                                     }
                                   },
                                   sink),
                               spawn([]() -> process {
                                 while (true)
                                   co_await receive([](tick) {}, after(0s));
                               }),
                               spawn([]() -> process {
                                 while (true)
                                   co_await yield();
                               })};
    const int rounds = stress::sized(50, 2'000, 20);
    process_clock::duration worst{};
    for (int i = 0; i < rounds; ++i) {
      const auto when = now() + 1ms;
      co_await sleep(std::max(when - now(), 0ns));
      worst = std::max(worst, now() - when);
    }
    CHECK(worst < 200ms);
    co_await stress::kill_all(all);
  });
}
