// Messages, questions and spawns that meet: what must hold whoever comes first.
#include "stress.hpp"

#include <algorithm>
#include <random>

namespace {

const exit_reason boom("boom");

struct go {};

}  // namespace

TEST_CASE("many senders by pid, name and alias at once: each one's order holds") {
  stress::shape([]() -> process {
    const int senders = 16, messages = stress::sized(2'000, 50'000, 200);
    struct numbered {
      int sender, n;
      stress::counted c{};
    };
    register_name("stress order", self());
    const ref through = alias();
    for (int s = 0; s < senders; ++s)
      spawn(
          [](int s, int messages, pid to, ref through) -> process {
            for (int n = 0; n < messages; ++n) {
              if (n % 3 == 0)
                send(to, numbered{s, n});
              else if (n % 3 == 1)
                send("stress order", numbered{s, n});
              else
                send(through, numbered{s, n});
              if (n % 128 == 0)
                co_await yield();
            }
          },
          s, messages, self(), through);
    std::vector<int> next(static_cast<std::size_t>(senders));
    int wrong = 0;
    for (int i = 0; i < senders * messages; ++i) {
      const numbered m = co_await receive<numbered>();
      wrong += next[static_cast<std::size_t>(m.sender)]++ != m.n;
    }
    CHECK(wrong == 0);
    unregister_name("stress order");
    unalias(through);
  });
}

TEST_CASE("attackers send to and inspect one victim that begins to consume midway: bounds hold, no deadlock") {
  stress::shape([]() -> process {
    const int attackers = stress::sized(100, 1'000, 20), blows = stress::sized(100, 1'000, 20);
    const pid victim = spawn([]() -> process {
      co_await receive<go>();
      while (true)
        co_await receive([](int) {});
    });
    for (int a = 0; a < attackers; ++a)
      spawn(
          [](pid victim, int blows, std::size_t most, pid boss) -> process {
            bool good = true;
            for (int i = 0; i < blows; ++i) {
              send(victim, i);
              const auto info = co_await inspect(victim);
              good = good && info->mailbox_length <= most;
            }
            send(boss, good);
          },
          victim, blows, static_cast<std::size_t>(attackers * blows + 1), self());
    int good = 0;
    for (int a = 0; a < attackers; ++a) {
      if (a == attackers / 2)
        send(victim, go{});
      good += co_await receive<bool>();
    }
    CHECK(good == attackers);
    co_await stress::kill_all({victim});
  });
}

TEST_CASE("is_alive after a kill is false, with spinning processes and twice as many of them as schedulers") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(200, 10'000, 40);
    int alive = 0;
    for (int i = 0; i < rounds; ++i) {
      std::vector<pid> spinners;
      for (int s = 0; s < 4; ++s)
        spinners.push_back(spawn([]() -> process {
          while (true)
            co_await yield();
        }));
      for (const pid p : spinners)
        exit(p, reason::kill);
      for (const pid p : spinners)
        alive += co_await is_alive(p);
    }
    CHECK(alive == 0);
  });
}

TEST_CASE("a process demonitors and ends while others ask whether it lives: once false, it watches nobody") {
  stress::shape([]() -> process {
    const int rounds = stress::sized(2'000, 100'000, 300);
    int bad = 0;
    for (int i = 0; i < rounds; ++i) {
      const pid p = spawn(
          [](pid boss) -> process {
            const monitor_ref m = monitor(boss);
            co_await yield();
            demonitor(m);
          },
          self());
      while (co_await is_alive(p))
        co_await yield();
      const auto info = co_await inspect(self());
      bad += std::count(info->monitored_by.begin(), info->monitored_by.end(), p) > 0;
    }
    CHECK(bad == 0);
  });
}

TEST_CASE("a storm of spawns, processes() and sends to all: nobody gets what is not his") {
  stress::shape([]() -> process {
    const auto until = now() + std::chrono::milliseconds(stress::sized(150, 10'000, 100));
    while (now() < until) {
      for (int i = 0; i < 50; ++i)
        spawn(
            [](int n) -> process {
              for (int k = 0; k < n; ++k)
                co_await yield();
            },
            i % 7);
      for (const pid p : processes())
        if (p != self())
          send(p, stress::counted(1));
      co_await yield();
    }
  });
}

TEST_CASE("parents that spawn_link and die at once: every child gets the parent's reason") {
  stress::shape([]() -> process {
    const int n = stress::sized(5'000, 50'000, 500);
    for (int i = 0; i < n; ++i)
      spawn(
          [](pid boss, int i) -> process {
            spawn_link(
                [](pid parent, pid boss) -> process {
                  trap_exits();
                  const exited e = co_await receive<exited>(parent);
                  send(boss, e.why == boom);
                },
                self(), boss);
            if (i % 3 == 0)
              co_await sleep(std::chrono::milliseconds(i % 10));
            exit(boom);
          },
          self(), i);
    // A child that was not trapping yet when its parent's signal came dies of it: also right. What must not be: another reason.
    int right = 0;
    for (int i = 0; i < n; ++i) {
      // None comes any more when none has for a while; the first may have to wait for the processor.
      const auto good = co_await receive<bool>(within(right > 0 ? 200ms : 10'000ms));
      if (!good)
        break;
      CHECK(*good);
      ++right;
    }
    CHECK(right > 0);
  });
}
