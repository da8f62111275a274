// Faults in simulation: opt-in, drawn from the seed, and no more than what could really happen.
#include "spec.hpp"

#include <new>
#include <set>
#include <system_error>

namespace {

template <class Body>
std::set<std::string> outcomes_with(simulate_faults faults, std::size_t seeds, Body body) {
  std::set<std::string> outcomes;
  for_each_seed(seeds, [&](auto seed) {
    const simulate_options options{.seed = seed, .faults = faults};
    std::uint64_t hashes[2];
    for (std::uint64_t& hash : hashes) {
      auto log = std::make_shared<std::string>();
      hash = simulate(options, [=]() -> process { return body(log); }).trace_hash;
      outcomes.insert(*log);
    }
    CHECK(hashes[0] == hashes[1]);
  });
  return outcomes;
}
using written = std::shared_ptr<std::string>;

}  // namespace

TEST_CASE("fault kill: any process but the first dies where it waits or yields, killed, its frames destroyed") {
  const auto outcomes = outcomes_with({.kill = 0.1}, 200, [](written log) -> process {
    auto inside = std::make_shared<int>(0);
    auto [child, watch] = spawn_monitor([inside]() -> process {
      const spec::on_destruction leave([inside] { --*inside; });
      ++*inside;
      for (int i = 0; i < 5; ++i)
        co_await sleep(1s);
    });
    const down d = co_await receive<down>(watch);
    CHECK(*inside == 0);
    *log = spec::text_of(d.why);
  });
  CHECK(outcomes == std::set<std::string>{":normal", ":killed"});
}

TEST_CASE("fault delay: a message is overtaken by those of other senders, never by its own sender's") {
  const auto body = [](written log) -> process {
    // a, then b because of a: without the fault a is always first.
    const pid relay = spawn([to = self()]() -> process {
      co_await receive<char>();
      send(to, std::string("b"));
    });
    spawn([=, to = self()] {
      send(to, std::string("a1"));
      send(to, std::string("a2"));
      send(relay, 'x');
    });
    for (int i = 0; i < 3; ++i)
      *log += co_await receive<std::string>();
  };
  CHECK(outcomes_with({}, 100, body) == std::set<std::string>{"a1a2b"});
  CHECK(outcomes_with({.delay = 0.3}, 300, body) == std::set<std::string>{"a1a2b", "a1ba2", "ba1a2"});
}

TEST_CASE("fault delay: links, monitors and exits keep their meaning") {
  CHECK(outcomes_with({.delay = 0.5}, 300, [](written log) -> process {
          trap_exits();
          auto [child, watch] = spawn(spawn_options{.link = true, .monitor = true}, [to = self()] {
            send(to, 1);
            exit(exit_reason("gone"));
          });
          const int n = co_await receive<int>();
          const exited e = co_await receive<exited>(child);
          const down d = co_await receive<down>(watch);
          const monitor_ref late = monitor(child);
          const down noproc = co_await receive<down>(late);
          *log = std::to_string(n) + spec::text_of(e.why) + spec::text_of(d.why) + spec::text_of(noproc.why);
        }) == std::set<std::string>{"1\"gone\"\"gone\":noproc"});
}

TEST_CASE("fault allocation: send, spawn and coroutine calls throw bad_alloc, and the process can go on") {
  const auto outcomes = outcomes_with({.allocation = 0.2}, 200, [](written log) -> process {
    int failed = 0;
    for (int i = 0; i < 5; ++i) {
      try {
        send(self(), i);
        const int n = co_await receive<int>();
        CHECK(n == i);
        co_await [](int m) -> task<> {
          CHECK(m >= 0);
          co_return;
        }(i);
      } catch (const std::bad_alloc&) {
        ++failed;
      }
    }
    *log = failed == 0 ? "none" : failed == 5 ? "all" : "some";
  });
  CHECK(outcomes.count("none") == 1);
  CHECK(outcomes.count("some") == 1);
}

TEST_CASE("fault blocking: throws system_error as when no thread can be had") {
  const auto outcomes = outcomes_with({.blocking = 0.5}, 50, [](written log) -> process {
    try {
      const int n = co_await blocking([] { return 7; });
      *log = std::to_string(n);
    } catch (const std::system_error&) {
      *log = "refused";
    }
  });
  CHECK(outcomes == std::set<std::string>{"7", "refused"});
}
