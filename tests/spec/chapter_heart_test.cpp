// The course's heartbeat monitor and the one that does what it should, examples/chapter/: each mistake, then its cure.
// semantics.md S31-S44, C215
#include "../../examples/chapter/faithful_heart_monitor.hpp"
#include "../../examples/chapter/heart_monitor.hpp"
#include "cpu_clock.hpp"
#include "spec.hpp"

#include <atomic>

namespace {

using monitor_body = process(time_limit, on_return);

struct returned {
  pid who;
};
struct spin {};

// A monitor with the course's interval, which watches nobody yet and says here who came back.
pid start_monitor(monitor_body body) {
  return spawn_link(body, 3s, [me = self()](pid who) { send(me, returned{who}); });
}

process answers_pings() {
  while (true) {
    auto [from] = co_await receive<ping>();
    send(from, pong{self()});
  }
}

// Lives and says nothing.
process silent() { co_await sleep(infinity); }

std::vector<pid> watch_silent(pid monitor, int n) {
  std::vector<pid> all;
  while (std::ssize(all) < n) {
    all.push_back(spawn_link(silent));
    send(monitor, watch{all.back()});
  }
  return all;
}

template <class List>
task<std::vector<pid>> ask(pid monitor) {
  send(monitor, List{self()});
  const reply answer = co_await receive<reply>();  // named, as in spec.hpp: g++ 14
  co_return answer.who;
}
task<std::vector<pid>> ask_faithful_dead(pid monitor) {
  send(monitor, list_dead{self()});
  co_return (co_await receive<faithful::relpy>()).who;
}

task<int> pings_received() {
  int pings = 0;
  while (co_await receive<ping>(within(0s)))
    ++pings;
  co_return pings;
}

// Asks for the list every second, ten times.
task<> ask_every_second(pid monitor) {
  for (int second = 0; second < 10; ++second) {
    (void)co_await ask<list_watched>(monitor);
    co_await sleep(1s);
  }
}

// What the monitor of n silent processes thinks each has missed after so many heartbeats.
template <class Heart>
struct silence {
  explicit silence(int n) {
    for (int i = 0; i < n; ++i) {
      who.push_back(spawn([] {}));
      heart.watch(who.back());
    }
  }
  std::uint64_t missed_after_another() {
    heart.send_pings();
    return static_cast<std::uint64_t>(heart.unanswered(who[0]));
  }
  Heart heart;
  std::vector<pid> who;
};

// Of the second one: at the first nothing has been missed.
template <class Heart>
spec::cpu_clock::duration time_of_a_heartbeat(int processes) {
  silence<Heart> s(processes);
  s.heart.send_pings();
  const auto start = spec::cpu_clock::now();
  s.heart.send_pings();
  return spec::cpu_clock::now() - start;
}

}  // namespace

TEST_CASE("S34 the course counts N * c + 1 missed pings of N silent processes") {
  spec::in_process([]() -> process {
    for (std::uint64_t n : {1, 10, 100}) {
      silence<faithful::heart> s(static_cast<int>(n));
      std::uint64_t expected = 0;
      for (int beat = 1; beat <= 4; ++beat) {
        expected = n * expected + 1;
        const std::uint64_t missed = s.missed_after_another();
        CHECK(missed == expected);
      }
    }
    co_return;
  });
}

TEST_CASE("S33 the course finds one silent process dead at the third heartbeat, two or more at the second") {
  spec::in_process([]() -> process {
    for (int n : {1, 2, 10, 100}) {
      silence<faithful::heart> s(n);
      int beats = 0;
      for (; s.heart.dead().empty(); ++beats)
        s.heart.send_pings();
      CHECK(beats == (n == 1 ? 3 : 2));
      CHECK(std::ssize(s.heart.dead()) == n);
    }
    co_return;
  });
}

TEST_CASE("S34 the course's count stops at the greatest number where Elixir's would go on") {
  spec::in_process([]() -> process {
    silence<faithful::heart> s(2);
    std::uint64_t missed = 0;
    for (int beat = 1; beat <= 70; ++beat)
      missed = s.missed_after_another();
    CHECK(missed == std::numeric_limits<std::uint64_t>::max());
    co_return;
  });
}

TEST_CASE("S33 S34 fixed: the count is the number of missed pings, and three of them are death, whatever N") {
  spec::in_process([]() -> process {
    for (int n : {1, 2, 10, 100, 1000}) {
      silence<heart> s(n);
      for (std::uint64_t beat = 1; beat <= 4; ++beat) {
        const std::uint64_t missed = s.missed_after_another();
        CHECK(missed == beat);
        CHECK(std::ssize(s.heart.dead()) == (beat < 3 ? 0 : n));
      }
    }
    co_return;
  });
}

TEST_CASE("S44 a heartbeat costs the course N maps of N entries, the fixed monitor N counts") {
  spec::in_run([]() -> process {
    const int n = spec::sized(1000, 300);
    const auto theirs = time_of_a_heartbeat<faithful::heart>(n);
    const auto ours = time_of_a_heartbeat<heart>(n);
    CHECK(theirs > 20 * ours);  // N times on paper
    co_return;
  });
}

TEST_CASE("S33 fixed: a silent process is dead at the third heartbeat, after 9 s, not before") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(heart_monitor);
    std::vector<pid> all = watch_silent(monitor, 10);
    co_await sleep(8900ms);
    const std::vector<pid> before = co_await ask<list_dead>(monitor);
    co_await sleep(200ms);
    std::vector<pid> after = co_await ask<list_dead>(monitor);
    CHECK(before.empty());
    std::ranges::sort(after);
    std::ranges::sort(all);
    CHECK(after == all);
  });
}

TEST_CASE("S33 the course: ten silent processes are dead after 6 s") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(faithful::heart_monitor);
    watch_silent(monitor, 10);
    co_await sleep(6100ms);
    const std::vector<pid> dead = co_await ask_faithful_dead(monitor);
    CHECK(dead.size() == 10);
  });
}

TEST_CASE("S36 the course: a question a second stops all heartbeats") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(faithful::heart_monitor);
    send(monitor, watch{self()});
    co_await ask_every_second(monitor);
    const int pings = co_await pings_received();
    CHECK(pings == 0);
  });
}

TEST_CASE("S36 fixed: a question a second delays no heartbeat") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(heart_monitor);
    send(monitor, watch{self()});
    co_await ask_every_second(monitor);
    const int pings = co_await pings_received();
    CHECK(pings == 3);
  });
}

TEST_CASE("C215 the course: who asks for the dead waits in vain, and its mailbox keeps the mistyped answer") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(faithful::heart_monitor);
    send(monitor, list_dead{self()});
    const auto answer = co_await receive<reply>(within(1h));
    const std::size_t stuck = co_await spec::unread();
    CHECK(!answer);
    CHECK(stuck == 1);
  });
}

TEST_CASE("C215 fixed: who asks for the dead is answered as everybody is") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(heart_monitor);
    send(monitor, list_dead{self()});
    const auto answer = co_await receive<reply>(within(1s));
    const std::size_t stuck = co_await spec::unread();
    CHECK(answer);
    CHECK(stuck == 0);
  });
}

TEST_CASE("S38 the course: the unwatched is found dead") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(faithful::heart_monitor);
    const std::vector<pid> all = watch_silent(monitor, 3);
    co_await sleep(4s);  // one heartbeat
    send(monitor, unwatch{all[0]});
    co_await sleep(9s);
    const std::vector<pid> dead = co_await ask_faithful_dead(monitor);
    CHECK(std::ranges::find(dead, all[0]) != dead.end());
  });
}

TEST_CASE("S38 fixed: unwatching leaves no trace") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(heart_monitor);
    const std::vector<pid> two = watch_silent(monitor, 2);
    pid healthy = spawn_link(answers_pings);
    send(monitor, watch{healthy});
    co_await sleep(4s);
    const std::vector<pid> alive_before = co_await ask<list_alive>(monitor);
    send(monitor, unwatch{two[0]});
    send(monitor, unwatch{healthy});
    co_await sleep(20s);
    const std::vector<pid> dead = co_await ask<list_dead>(monitor);
    const std::vector<pid> alive = co_await ask<list_alive>(monitor);
    CHECK(alive_before == std::vector{healthy});
    CHECK(dead == std::vector{two[1]});
    CHECK(alive.empty());
  });
}

TEST_CASE("S38 the course: who answered once is alive for ever, dead or not") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(faithful::heart_monitor);
    send(monitor, pong{self()});
    send(monitor, watch{self()});
    co_await sleep(15s);
    const std::vector<pid> alive = co_await ask<list_alive>(monitor);
    const std::vector<pid> dead = co_await ask_faithful_dead(monitor);
    CHECK(alive == std::vector{self()});
    CHECK(dead == std::vector{self()});
  });
}

TEST_CASE("S32 fixed: a process is alive when it has answered, then dead, then alive: never two at once") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(heart_monitor);
    send(monitor, watch{self()});
    const std::vector<pid> none, me{self()};
    const std::vector<pid> alive_unheard = co_await ask<list_alive>(monitor);
    const std::vector<pid> dead_unheard = co_await ask<list_dead>(monitor);
    CHECK(alive_unheard == none);
    CHECK(dead_unheard == none);

    send(monitor, pong{self()});
    const std::vector<pid> alive_heard = co_await ask<list_alive>(monitor);
    CHECK(alive_heard == me);

    co_await sleep(10s);
    const std::vector<pid> alive_silent = co_await ask<list_alive>(monitor);
    const std::vector<pid> dead_silent = co_await ask<list_dead>(monitor);
    CHECK(alive_silent == none);
    CHECK(dead_silent == me);

    send(monitor, pong{self()});
    const std::vector<pid> alive_again = co_await ask<list_alive>(monitor);
    const std::vector<pid> dead_again = co_await ask<list_dead>(monitor);
    CHECK(alive_again == me);
    CHECK(dead_again == none);
  });
}

TEST_CASE("S38 the course: who is watched twice is pinged twice, and a stranger's pong counts") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(faithful::heart_monitor);
    send(monitor, watch{self()});
    send(monitor, watch{self()});
    co_await sleep(4s);
    const int pings = co_await pings_received();
    CHECK(pings == 2);
    const pid stranger = spawn([] {});
    send(monitor, pong{stranger});
    const std::vector<pid> alive = co_await ask<list_alive>(monitor);
    CHECK(alive == std::vector{stranger});
  });
}

TEST_CASE("S38 fixed: who is watched twice is pinged once, and a stranger's pong means nothing") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(heart_monitor);
    send(monitor, watch{self()});
    send(monitor, watch{self()});
    co_await sleep(4s);
    const int pings = co_await pings_received();
    CHECK(pings == 1);
    send(monitor, pong{spawn([] {})});
    const std::vector<pid> alive = co_await ask<list_alive>(monitor);
    CHECK(alive.empty());
  });
}

TEST_CASE("S38 S40 the return of one taken for dead is announced once, by both") {
  for (monitor_body* body : {&faithful::heart_monitor, &heart_monitor})
    spec::in_simulation(10, [body]() -> process {
      pid monitor = start_monitor(*body);
      send(monitor, watch{self()});
      co_await sleep(10s);
      for (int pongs = 0; pongs < 3; ++pongs)
        send(monitor, pong{self()});
      const auto [who] = co_await receive<returned>();
      const auto again = co_await receive<returned>(within(2s));
      CHECK(who == self());
      CHECK(!again);
    });
}

TEST_CASE("S39 pings that nobody reads pile up, in order, with everything else") {
  spec::in_simulation(10, []() -> process {
    pid monitor = start_monitor(heart_monitor);
    send(monitor, watch{self()});
    co_await sleep(22s);
    send(monitor, list_dead{self()});
    co_await receive<reply>(within(0s));  // takes the answer from behind the pings, if it is there already
    const std::size_t unread = co_await spec::unread();
    const int pings = co_await pings_received();
    CHECK(unread >= 7);
    CHECK(pings == 7);
  });
}

TEST_CASE("S43 a worker that computes without awaiting is found dead on its one scheduler, then comes back") {
  auto found_dead = spec::make_flag();
  spec::in_run({.schedulers = 1}, [found_dead]() -> process {
    pid monitor = spawn_link(heart_monitor, 20ms, [me = self()](pid who) { send(me, returned{who}); });
    pid worker = spawn_link([found_dead]() -> process {
      while (true)
        co_await receive([](ping m) { send(m.from, pong{self()}); },
                         [found_dead](spin) {
                           while (!found_dead->load()) {}
                         });
    });
    send(monitor, watch{worker});
    send(worker, spin{});
    while ((co_await ask<list_dead>(monitor)).empty())
      co_await sleep(1ms);
    found_dead->store(true);
    const auto back = co_await receive<returned>();
    CHECK(back.who == worker);
  });
}
