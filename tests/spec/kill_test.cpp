// Killing destroys suspended frames: destructors run, once, innermost first; no catch sees it.
#include "spec.hpp"

namespace {

struct ready {};

struct traced {
  traced(spec::shared_log log, std::string name) : log_(std::move(log)), name_(std::move(name)) {}
  traced(const traced&) = delete;
  traced& operator=(const traced&) = delete;
  ~traced() { log_.add(name_); }

 private:
  spec::shared_log log_;
  std::string name_;
};

task<> innermost(spec::shared_log log, pid tell) {
  const traced local(log, "innermost");
  try {
    send(tell, ready{});
    co_await receive<int>();
  } catch (...) {
    log.add("caught");
    throw;
  }
  log.add("ran on");
}

task<int> middle(spec::shared_log log, pid tell) {
  const traced local(log, "middle");
  try {
    co_await innermost(log, tell);
  } catch (...) {
    log.add("caught");
  }
  log.add("ran on");
  co_return 1;
}

process outermost(spec::shared_log log, pid tell) {
  const traced local(log, "outermost");
  try {
    (void)co_await middle(log, tell);
  } catch (...) {
    log.add("caught");
  }
  log.add("ran on");
}

}  // namespace

TEST_CASE("C079 a process killed in nested awaits: all frames destroyed, innermost first, once; no catch sees it") {
  spec::in_process([]() -> process {
    for (const exit_reason& why : std::vector<exit_reason>{reason::kill, exit_reason("boom"), reason::shutdown}) {
      const spec::shared_log log;
      auto [p, watch] = spawn_monitor(outermost, log, self());
      (void)co_await receive<ready>();
      co_await spec::until_waiting(p);
      exit(p, why);
      (void)co_await receive<down>(watch);
      CHECK(log.lines() == std::vector<std::string>{"innermost", "middle", "outermost"});
    }
  });
}

TEST_CASE("C079 a kill that arrives while the process runs takes effect when it next suspends") {
  spec::in_process([]() -> process {
    const spec::shared_log log;
    auto [p, watch] = spawn_monitor([log]() -> process {
      const traced local(log, "destroyed");
      exit(self(), reason::kill);
      log.add("ran on to the next await");
      try {
        co_await yield();
        log.add("ran on after it");
      } catch (...) {
        log.add("caught");
      }
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
    CHECK(log.lines() == std::vector<std::string>{"ran on to the next await", "destroyed"});
  });
}

TEST_CASE("locals of one frame are destroyed in reverse order, then the closure") {
  spec::in_process([]() -> process {
    const spec::shared_log log;
    auto closure = std::make_unique<traced>(log, "closure");
    auto [p, watch] = spawn_monitor([log, owned = std::move(closure)]() -> process {
      const traced first(log, "first");
      const traced second(log, "second");
      co_await sleep(infinity);
    });
    co_await spec::until_waiting(p);
    exit(p, reason::kill);
    (void)co_await receive<down>(watch);
    CHECK(log.lines() == std::vector<std::string>{"second", "first", "closure"});
  });
}

TEST_CASE("a process that is killed before it ran has no frame to destroy, its closure is destroyed") {
  spec::in_simulation(20, []() -> process {
    const auto token = std::make_shared<const int>(1);
    for (int i = 0; i < 20; ++i) {
      auto [p, watch] = spawn_monitor([token]() -> process { co_await sleep(infinity); });
      exit(p, reason::kill);
      const exit_reason why = co_await spec::end_of(watch);
      REQUIRE(why == reason::killed);
    }
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("a kill during a handler that is a coroutine destroys the handler, too") {
  spec::in_process([]() -> process {
    const spec::shared_log log;
    auto [p, watch] = spawn_monitor([log, tell = self()]() -> process {
      const traced outer(log, "process");
      co_await receive([log, tell](std::shared_ptr<const int> m) -> task<> {
        const traced inner(log, "handler");
        send(tell, ready{});
        co_await sleep(infinity);
        log.add("ran on");
        (void)m;
      });
    });
    const auto token = std::make_shared<const int>(1);
    send(p, token);
    (void)co_await receive<ready>();
    exit(p, reason::kill);
    (void)co_await receive<down>(watch);
    CHECK(log.lines() == std::vector<std::string>{"handler", "process"});
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("unawaited tasks and processes made but never spawned are destroyed with their owner") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    auto [p, watch] = spawn_monitor([token]() -> process {
      auto never = [](std::shared_ptr<const int>) -> task<> { co_return; };
      const task<> held = never(token);
      const process body = [](std::shared_ptr<const int>) -> process { co_return; }(token);
      co_await sleep(infinity);
    });
    co_await spec::until_waiting(p);
    exit(p, reason::kill);
    (void)co_await receive<down>(watch);
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("a destructor that throws nothing but takes its time delays only its own DOWN") {
  spec::in_run([]() -> process {
    const spec::shared_log log;
    auto [p, watch] = spawn_monitor([log]() -> process {
      const spec::on_destruction slow([log] {
        const auto until = std::chrono::steady_clock::now() + 5ms;
        while (std::chrono::steady_clock::now() < until) {}
        log.add("destroyed");
      });
      co_await sleep(infinity);
    });
    co_await spec::until_waiting(p);
    exit(p, reason::kill);
    (void)co_await receive<down>(watch);
    CHECK(log.lines() == std::vector<std::string>{"destroyed"});
  });
}

TEST_CASE("a process cannot be killed twice: destructors run once under a storm of killers") {
  spec::in_process([]() -> process {
    for (int round = 0; round < 20; ++round) {
      const spec::shared_log log;
      auto [p, watch] = spawn_monitor(outermost, log, self());
      (void)co_await receive<ready>();
      for (int k = 0; k < 8; ++k)
        spawn([p, k] { exit(p, k % 2 ? exit_reason(reason::kill) : exit_reason(k)); });
      (void)co_await receive<down>(watch);
      REQUIRE(log.lines() == std::vector<std::string>{"innermost", "middle", "outermost"});
    }
  });
}
