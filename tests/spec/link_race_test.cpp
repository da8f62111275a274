// Links, unlinks and exits that meet: 10 000 schedules of each, and on real schedulers.
#include "spec.hpp"

namespace {

template <class Body>
void in_both_worlds(Body body) {
  for_each_seed(spec::sized(10'000, 300), [&](auto seed) { simulate({.seed = seed, .split_sends = seed % 2 == 0}, body); });
  for (int i = 0; i < spec::sized(20, 5); ++i)
    spec::in_run(body);
}

process until_told() { co_await receive<std::string>(); }

}  // namespace

TEST_CASE("link races: unlink while the other exits: nothing arrives after it, and nobody dies of it") {
  in_both_worlds([]() -> process {
    auto [child, watch] = spawn(spawn_options{.link = true, .monitor = true}, [] {});
    unlink(child);
    const pid other = spawn_link([] { exit(reason::normal); });
    trap_exits();
    co_await yield();
    unlink(other);
    (void)co_await receive<exited>(other, within(0s));
    co_await receive<down>(watch);
    const auto late = co_await receive<exited>(within(1ms));
    REQUIRE_FALSE(late);
  });
}

TEST_CASE("link races: link while the other exits: the reason, or noproc, once") {
  in_both_worlds([]() -> process {
    trap_exits();
    const pid child = spawn([] { exit(exit_reason("gone")); });
    co_await yield();
    link(child);
    const exited e = co_await receive<exited>(child);
    REQUIRE((e.why == exit_reason("gone") || e.why == reason::noproc));
    const auto again = co_await receive<exited>(within(1ms));
    REQUIRE_FALSE(again);
  });
}

TEST_CASE("link races: both sides link and unlink each other: in the end they agree") {
  in_both_worlds([]() -> process {
    const pid other = spawn([to = self()]() -> process {
      for (int i = 0; i < 3; ++i) {
        link(to);
        co_await yield();
        unlink(to);
      }
      send(to, self());
      co_await receive<std::string>();
    });
    for (int i = 0; i < 3; ++i) {
      link(other);
      co_await yield();
      unlink(other);
    }
    co_await receive<pid>();
    const auto its = co_await inspect(other);
    REQUIRE(its);
    const auto again = co_await inspect(self());  // after its answer, and what it sent before
    REQUIRE(again->links.empty() == its->links.empty());  // whoever came last
    exit(other, reason::kill);
  });
}

TEST_CASE("link races: two linked processes end at once: each has its own reason or the other's") {
  in_both_worlds([]() -> process {
    auto body = [](std::string why) -> process {
      const pid partner = co_await receive<pid>();
      link(partner);
      co_await yield();
      exit(exit_reason(why));
    };
    auto [a, watch_a] = spawn_monitor(body, "a");
    auto [b, watch_b] = spawn_monitor(body, "b");
    send(a, b);
    send(b, a);
    for (const monitor_ref watch : {watch_a, watch_b}) {
      const down d = co_await receive<down>(watch);
      REQUIRE((d.why == exit_reason("a") || d.why == exit_reason("b") || d.why == reason::noproc));
    }
  });
}

TEST_CASE("link races: relinked before the unlink was acknowledged: the new link counts") {
  in_both_worlds([]() -> process {
    trap_exits();
    const pid child = spawn_link(until_told);
    unlink(child);
    link(child);
    send(child, std::string("end"));
    const exited e = co_await receive<exited>(child);
    REQUIRE(e.why == reason::normal);
  });
}
