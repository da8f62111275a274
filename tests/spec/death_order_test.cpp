// The order of death: frames, closure and unread messages; the name; links; monitors; what was left in the inbox.
// semantics.md 3.13, api.md "Exits, links, monitors"
#include "spec.hpp"

namespace {

struct last_words {
  int n = 0;
};

// Tells somebody when it is destroyed.
struct farewell {
  pid to;
  int n = 0;
  farewell(pid t, int number) : to(t), n(number) {}
  farewell(farewell&& other) noexcept : to(std::exchange(other.to, pid{})), n(other.n) {}
  ~farewell() {
    if (to)
      send(to, last_words{n});
  }
};

}  // namespace

TEST_CASE("C026 of a process both linked and monitored: its last message, then EXIT, then DOWN") {
  spec::in_process([]() -> process {
    trap_exits();
    for (int i = 0; i < 200; ++i) {
      spawn(spawn_options{.link = true, .monitor = true}, [to = self()] { send(to, last_words{1}); });
      any_message first = co_await receive<any_message>();
      REQUIRE(first.get_if<last_words>() != nullptr);
      any_message second = co_await receive<any_message>();
      REQUIRE(second.get_if<exited>() != nullptr);
      any_message third = co_await receive<any_message>();
      REQUIRE(third.get_if<down>() != nullptr);
    }
  });
}

TEST_CASE("what frames, closure and unread messages send when they are destroyed arrives before EXIT and DOWN") {
  spec::in_process([]() -> process {
    trap_exits();
    auto [p, watch] =
        spawn(spawn_options{.link = true, .monitor = true}, [to = self(), closure = farewell(self(), 2)]() -> process {
          const farewell local(to, 1);
          co_await sleep(infinity);
        });
    co_await spec::until_waiting(p);
    send(p, farewell(self(), 3));
    exit(p, exit_reason("boom"));
    std::vector<int> words;
    for (int i = 0; i < 3; ++i) {
      any_message m = co_await receive<any_message>();
      REQUIRE(m.get_if<last_words>() != nullptr);
      words.push_back(m.get_if<last_words>()->n);
    }
    CHECK(words[0] == 1);  // the frame first
    CHECK(words[1] + words[2] == 5);
    any_message second = co_await receive<any_message>();
    CHECK(second.get_if<exited>() != nullptr);
    any_message third = co_await receive<any_message>();
    CHECK(third.get_if<down>() != nullptr);
  });
}

TEST_CASE("what a process sends before it ends arrives before its DOWN, to every observer") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 100; ++i) {
      auto [p, watch] = spawn_monitor([to = self()] {
        for (int n = 0; n < 10; ++n)
          send(to, last_words{n});
      });
      const down d = co_await receive<down>(watch);
      REQUIRE(d.who == p);
      const std::size_t arrived = co_await spec::unread();
      REQUIRE(arrived == 10);
      for (int n = 0; n < 10; ++n)
        (void)co_await receive<last_words>();
    }
  });
}

TEST_CASE("C105 at EXIT, at DOWN and when is_alive says false the name is free and can be taken") {
  spec::in_process([]() -> process {
    trap_exits();
    auto stand_in = [] {
      const pid next = spawn(spec::idle);
      register_name("spec mortal", next);
      unregister_name("spec mortal");
      exit(next, reason::kill);
    };
    for (int i = 0; i < 100; ++i) {
      const pid by_exit = spawn(spawn_options{.link = true, .name = "spec mortal"}, [] {}).process;
      (void)co_await receive<exited>(by_exit);
      REQUIRE_FALSE(whereis("spec mortal"));
      stand_in();
      auto [by_down, watch] = spawn(spawn_options{.monitor = true, .name = "spec mortal"}, [] {});
      (void)co_await receive<down>(watch);
      REQUIRE_FALSE(whereis("spec mortal"));
      stand_in();
      const pid by_question = spawn(spawn_options{.name = "spec mortal"}, spec::idle).process;
      exit(by_question, reason::kill);
      while (co_await is_alive(by_question)) {}
      REQUIRE_FALSE(whereis("spec mortal"));
      stand_in();
    }
  });
}

TEST_CASE("is_alive is ordered after what the caller sent before, and its answer after what the target sent") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 100; ++i) {
      const pid p = spawn([to = self()]() -> process {
        co_await receive<std::string>();
        send(to, last_words{1});
      });
      send(p, "end");
      while (co_await is_alive(p)) {}
      const std::optional<last_words> m = co_await receive<last_words>(within(0s));
      REQUIRE(m);
    }
  });
}

TEST_CASE("requests that a process leaves in its inbox when it dies are answered: noproc, false, nothing") {
  spec::in_process([]() -> process {
    trap_exits();
    for (int i = 0; i < 100; ++i) {
      const pid p = spawn(spec::idle);
      exit(p, exit_reason("boom"));
      // p may not have died yet: these queue up behind the signal
      const monitor_ref watch = monitor(p);
      link(p);
      const auto info = co_await inspect(p);
      REQUIRE_FALSE(info);
      const bool alive = co_await is_alive(p);
      REQUIRE_FALSE(alive);
      const exit_reason seen = co_await spec::end_of(watch);
      REQUIRE(seen == reason::noproc);
      const exited e = co_await receive<exited>(p);
      REQUIRE(e.why == reason::noproc);
    }
  });
}

TEST_CASE("the death of a process removes its monitors and links from the others") {
  spec::in_process([]() -> process {
    const pid target = spawn(spec::idle);
    auto [watcher, watch] = spawn_monitor([target, to = self()]() -> process {
      (void)monitor(target);
      link(target);
      unlink(target);
      (void)monitor(target);
      send(to, last_words{});
      co_await sleep(infinity);
    });
    (void)co_await receive<last_words>();
    auto before = co_await inspect(target);
    REQUIRE(before);
    CHECK(before->monitored_by == std::vector<pid>{watcher, watcher});
    exit(watcher, reason::kill);
    (void)co_await receive<down>(watch);
    for (int i = 0; i < 10'000 && !before->monitored_by.empty(); ++i) {
      before = co_await inspect(target);
      REQUIRE(before);
      co_await yield();
    }
    CHECK(before->monitored_by.empty());
  });
}
