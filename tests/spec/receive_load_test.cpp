// Receive with a large backlog, and under a flood.
#include "cpu_clock.hpp"
#include "spec.hpp"

namespace {

struct backlog {
  int n = 0;
};
struct question {
  pid from;
  ref tag;
};
struct answer {
  ref tag;
};
struct noise {};

constexpr int backlog_size = spec::sized(500'000, 20'000);

void pile_up() {
  for (int n = 0; n < backlog_size; ++n)
    send(self(), backlog{n});
}

task<> check_backlog() {
  for (int n = 0; n < backlog_size; ++n) {
    const backlog m = co_await receive<backlog>();
    REQUIRE(m.n == n);
  }
}

// The least work of a few rounds: a busy machine must not decide.
template <class Round>
task<spec::cpu_clock::duration> best_of(int rounds, Round round) {
  auto best = spec::cpu_clock::duration::max();
  for (int i = 0; i < rounds; ++i) {
    const auto start = spec::cpu_clock::now();
    co_await round();
    best = std::min(best, spec::cpu_clock::now() - start);
  }
  co_return best;
}

}  // namespace

TEST_CASE("C015 is_alive and inspect cost the same with 500 000 unread messages, which stay in order") {
  spec::in_run([]() -> process {
    const pid server = spawn(spec::idle);
    auto hundred = [server]() -> task<> {
      for (int i = 0; i < 100; ++i) {
        (void)co_await is_alive(server);
        (void)co_await inspect(server);
      }
    };
    co_await hundred();
    const auto without = co_await best_of(5, hundred);
    pile_up();
    (void)co_await spec::unread();  // takes them in
    const auto with = co_await best_of(5, hundred);
    CHECK(with < 10 * without);
    co_await check_backlog();
  });
}

TEST_CASE("C015 waiting for the DOWN of a fresh monitor costs the same with 500 000 unread messages") {
  spec::in_run([]() -> process {
    auto hundred = []() -> task<> {
      for (int i = 0; i < 100; ++i) {
        auto [p, watch] = spawn_monitor([] {});
        (void)co_await receive<down>(watch);
      }
    };
    co_await hundred();
    const auto without = co_await best_of(5, hundred);
    pile_up();
    (void)co_await spec::unread();
    const auto with = co_await best_of(5, hundred);
    CHECK(with < 10 * without);
    co_await check_backlog();
  });
}

TEST_CASE("waiting for what holds a fresh reference costs the same with 100 000 unread messages of its type") {
  spec::in_run([]() -> process {
    static constexpr int many = spec::sized(100'000, 5'000);
    const pid dead = co_await spec::dead_process();
    const pid server = spawn([]() -> process {
      while (true)
        co_await receive([](question q) { send(q.from, answer{q.tag}); });
    });
    const monitor_ref never = monitor(server);
    using round = std::function<task<>()>;
    const std::pair<const char*, round> rounds[] = {
        {"spawn_monitor",
         []() -> task<> {
           const auto made = spawn_monitor([] {});
           (void)co_await receive<down>(made.monitor);
         }},
        {"monitor", [dead]() -> task<> { (void)co_await receive<down>(monitor(dead)); }},
        {"make_ref",
         [server]() -> task<> {
           const ref tag = make_ref();
           send(server, question{self(), tag});
           (void)co_await receive<&answer::tag>(tag);
         }},
        {"alias",
         [server]() -> task<> {
           const ref tag = alias();
           send(server, question{self(), tag});
           (void)co_await receive<&answer::tag>(tag, within(infinity));
           unalias(tag);
         }},
        {"start_timer", []() -> task<> { (void)co_await receive<timer_fired<int>>(start_timer(0s, self(), 1)); }},
        {"demonitor with flush",
         [dead]() -> task<> {
           const monitor_ref watch = monitor(dead);
           (void)co_await spec::unread();
           demonitor(watch, {.flush = true});
         }},
        {"the same reference again and again", [never]() -> task<> { (void)co_await receive<down>(never, within(0s)); }},
    };
    const auto cost_of = [](const round& one) -> task<spec::cpu_clock::duration> {
      co_await one();
      co_return co_await best_of(7, [&one]() -> task<> {
        for (int i = 0; i < 100; ++i)
          co_await one();
      });
    };
    std::vector<spec::cpu_clock::duration> without;
    for (const auto& [name, one] : rounds)
      without.push_back(co_await cost_of(one));
    for (int i = 0; i < many; ++i) {
      (void)monitor(dead);
      send(self(), answer{make_ref()});
      send(self(), timer_fired<int>{timer_ref(), i});
    }
    const std::size_t unread = co_await spec::unread();
    REQUIRE(unread == 3 * std::size_t{many});
    for (std::size_t i = 0; i < std::size(rounds); ++i) {
      const auto with = co_await cost_of(rounds[i].second);
      CAPTURE(rounds[i].first, with.count(), without[i].count());
      CHECK(with < 3 * without[i]);
    }
  });
}

TEST_CASE("waiting costs nothing for what was looked at already: 10 000 arrivals do not scan 100 000 old ones again") {
  spec::in_run([]() -> process {
    static constexpr int old = spec::sized(100'000, 5'000), fresh = spec::sized(10'000, 1'000);
    for (int n = 0; n < old; ++n)
      send(self(), backlog{n});
    spawn([to = self()]() -> process {
      for (int i = 0; i < fresh; ++i) {
        send(to, noise{});
        if (i % 100 == 0)
          co_await yield();
      }
      send(to, answer{});
    });
    int looked = 0;
    co_await receive([](answer) {}, when(
                                        [&](const backlog&) {
                                          ++looked;
                                          return false;
                                        },
                                        [](backlog) {}));
    CHECK(looked == old);
  });
}

TEST_CASE("C018 a client that waits for one ref stays responsive under a flood of messages and normal exit signals") {
  auto body = [](int rounds, int flood) {
    return [rounds, flood]() -> process {
      const pid server = spawn([flood]() -> process {
        while (true)
          co_await receive([flood](question q) {
            for (int i = 0; i < flood; ++i) {
              send(q.from, noise{});
              exit(q.from, reason::normal);
            }
            send(q.from, answer{q.tag});
            for (int i = 0; i < flood; ++i)
              exit(q.from, reason::normal);
          });
      });
      for (int i = 0; i < rounds; ++i) {
        const ref tag = make_ref();
        send(server, question{self(), tag});
        const answer a = co_await receive<answer>([&](const answer& m) { return m.tag == tag; });
        REQUIRE(a.tag == tag);
      }
      std::size_t left = 0;
      while (co_await receive<noise>(within(0s)))
        ++left;
      CHECK(left == static_cast<std::size_t>(rounds) * static_cast<std::size_t>(flood));
    };
  };
  spec::in_run(body(spec::sized(200, 50), 500));
  spec::in_simulation(3, body(10, 50));
}

TEST_CASE("a message and a timeout at the same instant give exactly one outcome, and no message is lost") {
  spec::in_simulation(20, []() -> process {
    int taken = 0, timed_out = 0;
    for (int i = 0; i < 100; ++i) {
      send_after(1ms, self(), noise{});
      if (co_await receive<noise>(within(1ms))) {
        ++taken;
      } else {
        ++timed_out;
        const std::optional<noise> late = co_await receive<noise>(within(1s));
        REQUIRE(late);
      }
    }
    CHECK(taken + timed_out == 100);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("an exit signal and a timeout at the same instant leave exactly one ending") {
  spec::in_simulation(20, []() -> process {
    for (int i = 0; i < 50; ++i) {
      auto [p, watch] = spawn_monitor([]() -> process { co_await receive(after(1ms)); });
      spawn([p]() -> process {
        co_await sleep(1ms);
        exit(p, exit_reason("late"));
      });
      const exit_reason why = co_await spec::end_of(watch);
      REQUIRE((why == reason::normal || why == exit_reason("late")));
      const std::optional<down> second = co_await receive<down>(watch, within(5ms));
      REQUIRE_FALSE(second);
    }
  });
}
