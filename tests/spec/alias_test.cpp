// Aliases: addresses that can be taken back. semantics.md 3.9
#include "spec.hpp"

namespace {

struct note {
  int n = 0;
};

task<std::vector<int>> notes() {
  std::vector<int> all;
  while (auto m = co_await receive<note>(within(0s)))
    all.push_back(m->n);
  co_return all;
}

// Sends through an alias from another process and waits until that has been received, or dropped.
template <class Alias>
task<> send_from_elsewhere(Alias to, int n) {
  auto [p, watch] = spawn_monitor([to, n] { send(to, note{n}); });
  (void)co_await receive<down>(watch);
}

}  // namespace

TEST_CASE("C139 an alias delivers until unalias; then messages vanish; unalias is true, then false") {
  spec::in_process([]() -> process {
    const ref address = alias();
    CHECK(address);
    send(address, note{1});
    co_await send_from_elsewhere(address, 2);
    const bool first = unalias(address);
    co_await send_from_elsewhere(address, 3);
    send(address, note{4});
    const bool second = unalias(address);
    CHECK(first);
    CHECK_FALSE(second);
    const std::vector<int> got = co_await notes();
    CHECK(got == std::vector<int>{1, 2});
  });
}

TEST_CASE("an alias is checked when the message is received: what is in transit at unalias is dropped") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    for (int i = 0; i < 50; ++i) {
      const ref address = alias();
      auto [p, watch] = spawn_monitor([address, token] {
        for (int n = 0; n < 5; ++n)
          send(address, token);
      });
      if (i % 2)
        co_await yield();
      unalias(address);
      int queued = 0;  // received before unalias
      while (co_await receive<std::shared_ptr<const int>>(within(0s)))
        ++queued;
      (void)co_await receive<down>(watch);
      const std::size_t late = co_await spec::unread();
      REQUIRE(queued <= 5);
      REQUIRE(late == 0);
    }
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("a reply alias ends with the first message received through it") {
  spec::in_process([]() -> process {
    const ref address = alias({.reply = true});
    send(address, note{1});
    send(address, note{2});
    co_await send_from_elsewhere(address, 3);
    const std::vector<int> got = co_await notes();
    CHECK(got == std::vector<int>{1});
    const bool active = unalias(address);
    CHECK_FALSE(active);
  });
}

TEST_CASE("C142 an alias until demonitored is dead after demonitor and after DOWN") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref first = monitor(p, {.alias = alias_until::demonitored});
    co_await send_from_elsewhere(first, 1);
    co_await send_from_elsewhere(first, 2);
    demonitor(first);
    co_await send_from_elsewhere(first, 3);
    const std::vector<int> before = co_await notes();
    CHECK(before == std::vector<int>{1, 2});
    const monitor_ref second = monitor(p, {.alias = alias_until::demonitored});
    co_await send_from_elsewhere(second, 4);
    exit(p, reason::kill);
    (void)co_await receive<down>(second);
    co_await send_from_elsewhere(second, 5);
    const std::vector<int> after_down = co_await notes();
    CHECK(after_down == std::vector<int>{4});
    const bool active = unalias(second);
    CHECK_FALSE(active);
  });
}

TEST_CASE("C143 an alias until unaliased works after DOWN and after demonitor") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref first = monitor(p, {.alias = alias_until::unaliased});
    const monitor_ref second = monitor(p, {.alias = alias_until::unaliased});
    demonitor(first);
    co_await send_from_elsewhere(first, 1);
    exit(p, reason::kill);
    (void)co_await receive<down>(second);
    co_await send_from_elsewhere(second, 2);
    const std::vector<int> got = co_await notes();
    CHECK(got == std::vector<int>{1, 2});
    const bool one = unalias(first), two = unalias(second), again = unalias(second);
    CHECK(one);
    CHECK(two);
    CHECK_FALSE(again);
    co_await send_from_elsewhere(second, 3);
    const std::vector<int> none = co_await notes();
    CHECK(none.empty());
  });
}

TEST_CASE("an alias until replied ends with the first message through it, and so does the monitor") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref watch = monitor(p, {.alias = alias_until::replied});
    co_await send_from_elsewhere(watch, 1);
    co_await send_from_elsewhere(watch, 2);
    const std::vector<int> got = co_await notes();
    CHECK(got == std::vector<int>{1});
    exit(p, reason::kill);
    (void)co_await spec::end_of(p);
    const std::optional<down> d = co_await receive<down>(watch, within(5ms));
    CHECK_FALSE(d);
    const monitor_ref other = monitor(p, {.alias = alias_until::replied});
    (void)co_await receive<down>(other);
    co_await send_from_elsewhere(other, 3);
    const std::vector<int> none = co_await notes();
    CHECK(none.empty());
  });
}

TEST_CASE("unalias of a monitor's alias keeps the monitor") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref watch = monitor(p, {.alias = alias_until::demonitored});
    const bool was = unalias(watch);
    CHECK(was);
    co_await send_from_elsewhere(watch, 1);
    const std::vector<int> none = co_await notes();
    CHECK(none.empty());
    exit(p, exit_reason("boom"));
    const down d = co_await receive<down>(watch);
    CHECK(d.why == exit_reason("boom"));
  });
}

TEST_CASE("a monitor without an alias option is no address") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref watch = monitor(p);
    send(watch, note{1});
    co_await send_from_elsewhere(watch, 2);
    const std::vector<int> none = co_await notes();
    CHECK(none.empty());
    const bool was = unalias(watch);
    CHECK_FALSE(was);
  });
}

TEST_CASE("a monitor of self with an alias is only an alias") {
  spec::in_process([]() -> process {
    const monitor_ref own = monitor(self(), {.alias = alias_until::unaliased});
    co_await send_from_elsewhere(own, 1);
    const std::vector<int> got = co_await notes();
    CHECK(got == std::vector<int>{1});
    const bool was = unalias(own);
    CHECK(was);
  });
}

TEST_CASE("C144 unalias by another process is false and has no effect; what is queued through an alias stays") {
  spec::in_process([]() -> process {
    const ref address = alias();
    auto [other, watch] = spawn_monitor([address, to = self()] { send(to, unalias(address)); });
    const bool by_other = co_await receive<bool>();
    CHECK_FALSE(by_other);
    (void)co_await receive<down>(watch);
    co_await send_from_elsewhere(address, 1);
    const std::size_t queued = co_await spec::unread();
    CHECK(queued == 1);
    const bool mine = unalias(address);
    CHECK(mine);
    const std::vector<int> got = co_await notes();
    CHECK(got == std::vector<int>{1});
  });
}

TEST_CASE("C145 sending to the alias of a dead process, to a plain reference or to none is silent") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([to = self()] { send(to, alias()); });
    const ref address = co_await receive<ref>();
    (void)co_await receive<down>(watch);
    const auto token = std::make_shared<const int>(1);
    send(address, token);
    send(make_ref(), token);
    send(ref{}, token);
    send(monitor_ref{}, token);
    send(watch, token);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
    CHECK(token.use_count() == 1);
    const bool unknown = unalias(make_ref()), none = unalias(ref{});
    CHECK_FALSE(unknown);
    CHECK_FALSE(none);
  });
}
