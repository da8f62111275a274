// Names. semantics.md 3.7
#include "spec.hpp"

#include <algorithm>

namespace {

struct ready {};
struct meant_for {
  int n = 0;
};

bool listed(const std::string& name) {
  const std::vector<std::string> all = registered();
  return std::count(all.begin(), all.end(), name) == 1;
}

}  // namespace

TEST_CASE("C100 register, send by name, whereis, registered") {
  spec::in_process([]() -> process {
    const pid p = spawn([to = self()]() -> process { co_await receive([to](int n) { send(to, n + 1); }); });
    register_name("spec kv", p);
    CHECK(whereis("spec kv") == p);
    CHECK(listed("spec kv"));
    send("spec kv", 41);
    const int n = co_await receive<int>();
    CHECK(n == 42);
    (void)co_await spec::end_of(p);
    CHECK_FALSE(whereis("spec kv"));
    CHECK_FALSE(listed("spec kv"));
  });
}

TEST_CASE("C101 a taken name cannot be registered again, not even by the same process") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    register_name("spec taken", self());
    CHECK_THROWS_AS(register_name("spec taken", p), bad_name);
    CHECK_THROWS_AS(register_name("spec taken", self()), bad_name);
    CHECK(whereis("spec taken") == self());
    unregister_name("spec taken");
    register_name("spec taken", p);
    CHECK(whereis("spec taken") == p);
    co_return;
  });
}

TEST_CASE("C102 a process cannot have two names") {
  spec::in_process([]() -> process {
    register_name("spec first", self());
    CHECK_THROWS_AS(register_name("spec second", self()), bad_name);
    CHECK_FALSE(whereis("spec second"));
    unregister_name("spec first");
    register_name("spec second", self());
    CHECK(whereis("spec second") == self());
    co_return;
  });
}

TEST_CASE("C103 a dead process, or nobody, cannot be registered") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    CHECK_THROWS_AS(register_name("spec dead", dead), bad_name);
    CHECK_THROWS_AS(register_name("spec dead", pid{}), bad_name);
    CHECK_FALSE(whereis("spec dead"));
  });
}

TEST_CASE("C104 unregistering an unknown name fails; any process may unregister") {
  spec::in_process([]() -> process {
    CHECK_THROWS_AS(unregister_name("spec unknown"), bad_name);
    register_name("spec anyone", self());
    auto [p, watch] = spawn_monitor([] { unregister_name("spec anyone"); });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
    CHECK_FALSE(whereis("spec anyone"));
    CHECK_THROWS_AS(unregister_name("spec anyone"), bad_name);
  });
}

TEST_CASE("C105 a name is gone after its owner's death, however it died") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    for (int i = 0; i < 4; ++i) {
      auto [p, watch] = spawn(spawn_options{.monitor = true, .name = "spec gone"}, [i]() -> process {
        if (i == 0)
          co_return;
        if (i == 1)
          exit(exit_reason("boom"));
        if (i == 2)
          throw std::runtime_error("oops");
        co_await sleep(infinity);
      });
      if (i == 3)
        exit(p, reason::kill);
      (void)co_await receive<down>(watch);
      CHECK_FALSE(whereis("spec gone"));
    }
  });
}

TEST_CASE("C109 of two processes racing for one name exactly one wins, the other gets an error") {
  spec::in_process([]() -> process {
    for (int round = 0; round < 100; ++round) {
      std::vector<pid> racers;
      for (int i = 0; i < 2; ++i)
        racers.push_back(spawn([to = self()]() -> process {
          bool won = true;
          try {
            register_name("spec raced", self());
          } catch (const bad_name&) {
            won = false;
          }
          send(to, std::pair(self(), won));
          co_await receive<ready>();
        }));
      int winners = 0;
      pid winner;
      for (int i = 0; i < 2; ++i) {
        const auto [who, won] = co_await receive<std::pair<pid, bool>>();
        winners += won;
        if (won)
          winner = who;
      }
      REQUIRE(winners == 1);
      REQUIRE(whereis("spec raced") == winner);
      for (const pid p : racers) {
        send(p, ready{});
        (void)co_await spec::end_of(p);
      }
      REQUIRE_FALSE(whereis("spec raced"));
    }
  });
}

TEST_CASE("C110 empty and reserved names are rejected") {
  spec::in_process([]() -> process {
    for (const char* name : {"", "undefined", "nil", "true", "false"}) {
      CHECK_THROWS_AS(register_name(name, self()), bad_name);
      CHECK_FALSE(whereis(name));
    }
    const auto info = co_await inspect(self());
    CHECK(info->name.empty());
  });
}

TEST_CASE("C111 sending by name while its owners die never reaches a process that did not have the name then") {
  spec::in_process([]() -> process {
    const pid bystander = spawn([to = self()]() -> process {
      while (true)
        co_await receive([to](meant_for) { send(to, "the bystander got one"); });
    });
    auto wrong = spec::make_flag();
    for (int round = 0; round < 100; ++round) {
      auto [owner, watch] = spawn(spawn_options{.monitor = true, .name = "spec relay"}, [round, wrong]() -> process {
        while (true)
          co_await receive([&](meant_for m) {
            if (m.n != round)
              wrong->store(true);
            if (round % 2)
              exit(reason::normal);
          });
      });
      auto [sender, watch_sender] = spawn_monitor([round] {
        for (int i = 0; i < 20; ++i) {
          try {
            send("spec relay", meant_for{round});
          } catch (const bad_name&) {}
        }
      });
      if (round % 2 == 0)
        exit(owner, reason::kill);
      (void)co_await receive<down>(watch_sender);
      if (round % 2) {
        try {
          send("spec relay", meant_for{round});
        } catch (const bad_name&) {}
      }
      (void)co_await receive<down>(watch);
    }
    (void)co_await is_alive(bystander);
    const std::optional<std::string> misdelivered = co_await receive<std::string>(within(0s));
    CHECK_FALSE(misdelivered);
    CHECK_FALSE(wrong->load());
  });
}

TEST_CASE("any process may register another; inspect shows the name") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    auto [by, watch] = spawn_monitor([p] { register_name("spec given", p); });
    (void)co_await receive<down>(watch);
    CHECK(whereis("spec given") == p);
    const auto info = co_await inspect(p);
    REQUIRE(info);
    CHECK(info->name == "spec given");
  });
}

TEST_CASE("a message sent to a name goes to its owner at that time, even if it is unregistered before it arrives") {
  spec::in_process([]() -> process {
    const pid p = spawn([to = self()]() -> process {
      const meant_for m = co_await receive<meant_for>();
      send(to, m);
      co_await sleep(infinity);  // the name is taken from it, it does not die with it
    });
    register_name("spec brief", p);
    send("spec brief", meant_for{7});
    unregister_name("spec brief");
    const meant_for m = co_await receive<meant_for>();
    CHECK(m.n == 7);
  });
}

TEST_CASE("register after a kill by the same process may succeed or fail; the name is free in the end") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 100; ++i) {
      const pid p = spawn(spec::idle);
      exit(p, reason::kill);
      try {
        register_name("spec maybe", p);
      } catch (const bad_name&) {}
      while (co_await is_alive(p)) {}
      REQUIRE_FALSE(whereis("spec maybe"));
    }
  });
}

TEST_CASE("bad_name says which name, and is a std::runtime_error") {
  spec::in_process([]() -> process {
    std::string what;
    try {
      send("spec missing", 1);
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    CHECK(spec::contains(what, "spec missing"));
    co_return;
  });
}

namespace {

// Looks for a name when it is moved: as an argument, while the process that gets it is being made.
struct looks_when_moved {
  std::string name;
  std::shared_ptr<int> found;
  explicit looks_when_moved(std::string n) : name(std::move(n)), found(std::make_shared<int>(0)) {}
  looks_when_moved(const looks_when_moved&) = default;
  looks_when_moved(looks_when_moved&& other) noexcept : name(other.name), found(other.found) {
    *found += whereis(name).has_value();
    const std::vector<std::string> all = registered();
    *found += std::find(all.begin(), all.end(), name) != all.end();
  }
};

}  // namespace

TEST_CASE("a name that a process is spawned with is found only when the process can receive") {
  spec::in_process([]() -> process {
    const looks_when_moved looks("newborn");
    const spawned made = spawn(
        spawn_options{.monitor = true, .name = "newborn"},
        [](const looks_when_moved& seen) -> process {
          *seen.found += whereis("newborn") == self() ? 0 : 1;
          co_await receive<int>();
        },
        looks);
    CHECK(whereis("newborn") == made.process);
    send("newborn", 1);  // not lost, whether it has run or not
    const down end = co_await receive<down>(made.monitor);
    CHECK(end.why == reason::normal);
    CHECK(*looks.found == 0);
    CHECK_FALSE(whereis("newborn"));
  });
}

TEST_CASE("whoever finds a newborn by its name, from another scheduler, reaches it") {
  const auto body = []() -> process {
    constexpr int births = spec::sized(2000, 200);
    const auto [finder, watch] = spawn_monitor([]() -> process {
      for (;; co_await yield())
        if (const std::optional<pid> newborn = whereis("newborn"))
          send(*newborn, 1);
    });
    int reached = 0;
    for (int i = 0; i < births; ++i) {
      const spawned made = spawn(spawn_options{.monitor = true, .name = "newborn"}, []() -> process { co_await receive<int>(); });
      (void)co_await receive<down>(made.monitor);
      ++reached;
    }
    CHECK(reached == births);
    exit(finder, reason::kill);
    (void)co_await receive<down>(watch);
  };
  spec::in_run(run_options{.schedulers = 2, .grace = 50ms}, body);
  spec::in_simulation(3, body);
}

TEST_CASE("a name that is being given is taken, and free again when its process is not spawned") {
  spec::in_process([]() -> process {
    struct fails {
      fails() = default;
      fails(const fails&) = default;
      fails(fails&&) {
        const std::optional<pid> nobody = whereis("stillborn");
        CHECK_FALSE(nobody);
        CHECK_THROWS_AS(register_name("stillborn", self()), bad_name);
        CHECK_THROWS_AS(unregister_name("stillborn"), bad_name);
        throw std::runtime_error("no");
      }
    };
    CHECK_THROWS_AS(spawn(spawn_options{.name = "stillborn"}, [](const fails&) {}, fails{}), std::runtime_error);
    register_name("stillborn", self());
    unregister_name("stillborn");
    co_return;
  });
}
