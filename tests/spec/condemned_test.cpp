// exit(self(), why): condemned at once, ended at the next suspension. api.md "Exits, links, monitors"
#include "spec.hpp"

namespace {

struct never {};
struct last_words {
  std::string text;
};

}  // namespace

TEST_CASE("exit(self, r) when not trapping ends the process at its next suspension, with r; nothing catches it") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()]() -> process {
      try {
        exit(self(), exit_reason("condemned"));
        co_await yield();
        send(to, never{});
      } catch (...) {
        send(to, never{});
      }
      send(to, never{});
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("condemned"));
    const std::optional<never> got = co_await receive<never>(within(1ms));
    CHECK_FALSE(got);
  });
}

TEST_CASE("exit(self, normal) when not trapping ends the process with normal") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()]() -> process {
      exit(self(), reason::normal);
      co_await sleep(infinity);
      send(to, never{});
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
  });
}

TEST_CASE("exit(self, kill) condemns a trapping process, too, with killed") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([]() -> process {
      trap_exits();
      exit(self(), reason::kill);
      co_await sleep(infinity);
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
  });
}

TEST_CASE("a condemned process that ends without another suspension, or throws, or exits otherwise: the first reason") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [returns, first] = spawn_monitor([] { exit(self(), exit_reason("first")); });
    const exit_reason at_end = co_await spec::end_of(first);
    CHECK(at_end == exit_reason("first"));
    auto [throws, second] = spawn_monitor([] {
      exit(self(), exit_reason("first"));
      throw std::runtime_error("second");
    });
    const exit_reason thrown = co_await spec::end_of(second);
    CHECK(thrown == exit_reason("first"));
    auto [exits, third] = spawn_monitor([] {
      exit(self(), exit_reason("first"));
      exit(exit_reason("second"));
    });
    const exit_reason exited_otherwise = co_await spec::end_of(third);
    CHECK(exited_otherwise == exit_reason("first"));
  });
}

TEST_CASE("what a condemned process sends, spawns, registers, links or monitors is dropped, and none of it throws") {
  spec::in_process([]() -> process {
    auto ran = spec::make_flag();
    auto threw = spec::make_flag();
    struct observed {
      pid child;
      bool monitor_fired = false;
    };
    const auto seen = std::make_shared<observed>();
    const pid main = self();
    const pid bystander = spawn(spec::idle);
    const pid dead = co_await spec::dead_process();
    auto [p, watch] = spawn_monitor([=]() -> process {
      exit(self(), exit_reason("condemned"));
      try {
        send(main, never{});
        send_after(0s, main, never{});
        seen->child = spawn([=] { ran->store(true); });
        spawn_link([=] { ran->store(true); });
        spawn(spawn_options{.name = "spec condemned child"}, [=] { ran->store(true); });
        register_name("spec condemned", self());
        link(bystander);
        link(dead);
        (void)monitor(dead);
        exit(main, exit_reason("from the condemned"));
        (void)alias();
      } catch (...) {
        threw->store(true);
      }
      co_await yield();
      ran->store(true);
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("condemned"));
    const std::optional<never> got = co_await receive<never>(within(2ms));
    CHECK_FALSE(got);
    CHECK_FALSE(threw->load());
    CHECK_FALSE(ran->load());
    CHECK_FALSE(whereis("spec condemned"));
    CHECK_FALSE(whereis("spec condemned child"));
    const bool child_alive = co_await is_alive(seen->child);
    CHECK_FALSE(child_alive);
    const bool bystander_alive = co_await is_alive(bystander);
    CHECK(bystander_alive);
    const auto info = co_await inspect(bystander);
    REQUIRE(info);
    CHECK(info->links.empty());
  });
}

TEST_CASE("what was sent before exit(self, r) goes out, and what destructors send after the last suspension does, too") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()]() -> process {
      const spec::on_destruction at_end([to] { send(to, last_words{"from a destructor"}); });
      send(to, last_words{"before"});
      exit(self(), exit_reason("condemned"));
      send(to, never{});
      co_await yield();
    });
    const last_words first = co_await receive<last_words>();
    CHECK(first.text == "before");
    const last_words second = co_await receive<last_words>();
    CHECK(second.text == "from a destructor");
    const down d = co_await receive<down>(watch);
    CHECK(d.why == exit_reason("condemned"));
    const std::optional<never> got = co_await receive<never>(within(0s));
    CHECK_FALSE(got);
  });
}

TEST_CASE("in such destructors self is still the dying process, and its name its own; what it sends to itself is dropped") {
  spec::in_process([]() -> process {
    struct observed {
      pid me;
      std::optional<pid> named;
    };
    for (const bool killed : {true, false}) {
      const auto token = std::make_shared<const int>(1);
      auto [p, watch] = spawn(spawn_options{.monitor = true, .name = "spec dying"}, [to = self(), token, killed]() -> process {
        const spec::on_destruction at_end([to, token] {
          send(self(), token);
          send(to, observed{self(), whereis("spec dying")});
        });
        if (killed)
          co_await sleep(infinity);
        exit(self(), exit_reason("condemned"));
        co_await yield();
      });
      if (killed)
        exit(p, reason::kill);
      (void)co_await receive<down>(watch);
      if (const std::optional<observed> o = co_await receive<observed>(within(0s))) {  // none: killed before it ran
        CHECK(o->me == p);
        CHECK(o->named == p);
      }
      CHECK(token.use_count() == 1);
    }
  });
}

TEST_CASE("exit(self, r) in a nested task ends the whole process") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()]() -> process {
      auto inner = []() -> task<> {
        exit(self(), exit_reason("from within"));
        co_await yield();
      };
      try {
        co_await inner();
      } catch (...) {}
      send(to, never{});
    });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("from within"));
    const std::optional<never> got = co_await receive<never>(within(0s));
    CHECK_FALSE(got);
  });
}
