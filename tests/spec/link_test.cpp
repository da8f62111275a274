// Links. semantics.md 3.5
#include "spec.hpp"

#include <algorithm>
#include <map>

namespace {

struct linked {};

// Links itself to `other`, says so, and waits.
process link_to(pid other, pid tell) {
  link(other);
  send(tell, linked{});
  co_await sleep(infinity);
}

task<bool> has_link(pid who, pid other) {
  const auto info = co_await inspect(who);
  co_return info&& std::count(info->links.begin(), info->links.end(), other) == 1;
}

}  // namespace

TEST_CASE("C045 a linked process that is not trapping exits with the same reason") {
  spec::in_process([]() -> process {
    auto [a, watch_a] = spawn_monitor(spec::idle);
    auto [b, watch_b] = spawn_monitor(link_to, a, self());
    (void)co_await receive<linked>();
    exit(a, exit_reason("boom"));
    const exit_reason first = co_await spec::end_of(watch_a);
    const exit_reason second = co_await spec::end_of(watch_b);
    CHECK(first == exit_reason("boom"));
    CHECK(second == exit_reason("boom"));
  });
}

TEST_CASE("C045 a chain of links: all die with the reason of the first") {
  spec::in_process([]() -> process {
    std::vector<monitor_ref> watches;
    auto [first, watch] = spawn_monitor(spec::idle);
    watches.push_back(watch);
    pid last = first;
    for (int i = 0; i < 10; ++i) {
      auto [p, w] = spawn_monitor(link_to, last, self());
      (void)co_await receive<linked>();
      watches.push_back(w);
      last = p;
    }
    exit(first, exit_reason(std::vector<int>{1, 2, 3}));
    for (const monitor_ref w : watches) {
      const exit_reason why = co_await spec::end_of(w);
      CHECK(why == exit_reason(std::vector<int>{1, 2, 3}));
    }
  });
}

TEST_CASE("an exception reaches linked processes as the same error reason") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    trap_exits();
    const pid child = spawn_link([] { throw std::runtime_error("oops"); });
    const exited e = co_await receive<exited>(child);
    CHECK(e.why.is_error());
    CHECK(spec::contains(e.why.what(), "oops"));
    CHECK(e.why.exception() != nullptr);
  });
}

TEST_CASE("C046 a normal exit leaves the linked process alive, and out of its links") {
  spec::in_process([]() -> process {
    auto [a, watch] = spawn_monitor([]() -> process { co_await receive<std::string>(); });
    const pid b = spawn(link_to, a, self());
    (void)co_await receive<linked>();
    const bool before = co_await has_link(b, a);
    CHECK(before);
    send(a, "end");
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
    // a's EXIT to b was sent before its DOWN to us, but nothing orders it before our question: wait for it
    bool gone = false;
    for (int i = 0; i < 10'000 && !gone; ++i) {
      gone = !co_await has_link(b, a);
      co_await yield();
    }
    CHECK(gone);
    const bool alive = co_await is_alive(b);
    CHECK(alive);
  });
}

TEST_CASE("C047 a trapping process gets exited with normal for a normal exit") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid child = spawn_link([] {});
    const exited e = co_await receive<exited>();
    CHECK(e.who == child);
    CHECK(e.why == reason::normal);
  });
}

TEST_CASE("C048 linking thrice gives one entry and one EXIT") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid p = spawn(spec::idle);
    link(p);
    link(p);
    link(p);
    const auto mine = co_await inspect(self());
    CHECK(std::count(mine->links.begin(), mine->links.end(), p) == 1);
    const bool theirs = co_await has_link(p, self());
    CHECK(theirs);
    exit(p, exit_reason("once"));
    const exited e = co_await receive<exited>(p);
    CHECK(e.why == exit_reason("once"));
    const std::optional<exited> again = co_await receive<exited>(p, within(5ms));
    CHECK_FALSE(again);
  });
}

TEST_CASE("C048 a single unlink removes the link, whoever made it and how often") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid p = spawn_link(spec::idle);
    link(p);
    unlink(p);
    const bool theirs = co_await has_link(p, self());
    CHECK_FALSE(theirs);
    exit(p, exit_reason("unseen"));
    (void)co_await spec::end_of(p);
    const std::optional<exited> e = co_await receive<exited>(within(5ms));
    CHECK_FALSE(e);
  });
}

TEST_CASE("C049 link and unlink with self do nothing and show nothing") {
  spec::in_process([]() -> process {
    link(self());
    const auto info = co_await inspect(self());
    CHECK(info->links.empty());
    unlink(self());
    const auto after_unlink = co_await inspect(self());
    CHECK(after_unlink->links.empty());
  });
}

TEST_CASE("link to a dead process throws noproc_error, which may be caught") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    CHECK_THROWS_AS(link(dead), noproc_error);
    CHECK_THROWS_AS(link(pid{}), std::runtime_error);
    const auto info = co_await inspect(self());
    CHECK(info->links.empty());
  });
}

TEST_CASE("link to a dead process, not caught: the process ends with noproc") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    auto [p, watch] = spawn_monitor([dead] { link(dead); });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::noproc);
  });
}

TEST_CASE("link to a dead process while trapping: exited with noproc arrives") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid dead = co_await spec::dead_process();
    link(dead);
    const exited e = co_await receive<exited>();
    CHECK(e.who == dead);
    CHECK(e.why == reason::noproc);
    const auto info = co_await inspect(self());
    CHECK(info->links.empty());
  });
}

TEST_CASE("link after a kill by the same process gives noproc, always") {
  spec::in_process([]() -> process {
    trap_exits();
    for (int i = 0; i < 200; ++i) {
      const pid p = spawn(spec::idle);
      exit(p, reason::kill);
      link(p);
      const exited e = co_await receive<exited>(p);
      REQUIRE(e.why == reason::noproc);
    }
  });
}

TEST_CASE("C052 unlink of a dead or never linked process has no effect") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    unlink(dead);
    unlink(pid{});
    const pid p = spawn(spec::idle);
    unlink(p);
    const bool alive = co_await is_alive(p);
    CHECK(alive);
  });
}

TEST_CASE("C054 an exited that is queued before unlink stays queued") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid p = spawn_link([] {});
    const monitor_ref watch = monitor(p);
    (void)co_await receive<down>(watch);  // EXIT comes before DOWN: it is in the queue
    unlink(p);
    const std::optional<exited> e = co_await receive<exited>(p, within(0s));
    CHECK(e);
  });
}

TEST_CASE("after unlink the other's death has no effect, even if it is dying at that moment") {
  spec::in_process([]() -> process {
    for (int i = 0; i < 200; ++i) {
      const pid p = spawn_link(spec::idle);
      const monitor_ref watch = monitor(p);
      exit(p, exit_reason("dying"));
      unlink(p);
      const exit_reason why = co_await spec::end_of(watch);
      REQUIRE(why == exit_reason("dying"));
    }
  });
}

TEST_CASE("C055 either side may unlink, then neither is affected by the other's death") {
  spec::in_process([]() -> process {
    for (const bool by_child : {false, true})
      for (const bool child_dies : {false, true}) {
        auto [parent, watch_parent] = spawn_monitor([tell = self(), by_child]() -> process {
          const pid me = self();
          const pid child = spawn_link([tell, by_child, me]() -> process {
            if (by_child)
              unlink(me);
            send(tell, self());
            co_await sleep(infinity);
          });
          if (!by_child)
            unlink(child);
          co_await sleep(infinity);
        });
        const pid child = co_await receive<pid>();
        bool still = true;
        for (int i = 0; i < 10'000 && still; ++i) {
          still = co_await has_link(parent, child) || co_await has_link(child, parent);
          co_await yield();
        }
        REQUIRE_FALSE(still);
        const pid first = child_dies ? child : parent, other = child_dies ? parent : child;
        exit(first, exit_reason("boom"));
        (void)co_await spec::end_of(first);
        const bool alive = co_await is_alive(other);
        CHECK(alive);
        exit(other, reason::kill);
        (void)co_await spec::end_of(other);
        (void)co_await receive<down>(watch_parent);
      }
  });
}

TEST_CASE("a link may be made again after unlink") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid p = spawn(spec::idle);
    for (int i = 0; i < 20; ++i) {
      link(p);
      unlink(p);
    }
    link(p);
    exit(p, exit_reason("seen"));
    const exited e = co_await receive<exited>(p);
    CHECK(e.why == exit_reason("seen"));
  });
}

TEST_CASE("C059 a trapping process gets exactly one exited of each of its N children, with the right reason") {
  auto body = [](int children) {
    return [children]() -> process {
      trap_exits();
      std::map<pid, int> expected;
      for (int n = 0; n < children; ++n)
        expected[spawn_link([n]() -> process {
          co_await sleep(std::chrono::milliseconds(n % 5));
          exit(exit_reason(n));
        })] = n;
      for (int i = 0; i < children; ++i) {
        const exited e = co_await receive<exited>();
        REQUIRE(expected.count(e.who) == 1);
        REQUIRE(e.why == exit_reason(expected[e.who]));
        expected.erase(e.who);
      }
      const std::size_t left = co_await spec::unread();
      CHECK(left == 0);
      const auto info = co_await inspect(self());
      CHECK(info->links.empty());
    };
  };
  spec::in_run(body(spec::sized(10'000, 1'000)));
  spec::in_simulation(3, body(100));
}

TEST_CASE("C060 a reason of 100 kB arrives equal, along a chain") {
  spec::in_process([]() -> process {
    const std::map<std::string, std::vector<int>> large{{"payload", std::vector<int>(25'000, 7)}};
    auto [a, watch_a] = spawn_monitor(spec::idle);
    auto [b, watch_b] = spawn_monitor(link_to, a, self());
    (void)co_await receive<linked>();
    exit(a, exit_reason(large));
    const exit_reason why = co_await spec::end_of(watch_b);
    REQUIRE((why.get_if<std::map<std::string, std::vector<int>>>()) != nullptr);
    CHECK(*why.get_if<std::map<std::string, std::vector<int>>>() == large);
  });
}

TEST_CASE("C062 a link is visible on both sides after a round trip") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    link(p);
    const bool theirs = co_await has_link(p, self());
    const bool mine = co_await has_link(self(), p);
    CHECK(theirs);
    CHECK(mine);
    unlink(p);
    const bool theirs_now = co_await has_link(p, self());
    const bool mine_now = co_await has_link(self(), p);
    CHECK_FALSE(theirs_now);
    CHECK_FALSE(mine_now);
  });
}

TEST_CASE("exit(reason kill) in a process goes along links as kill, exit(pid, kill) as killed; both can be trapped there") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid own = spawn_link([] { exit(reason::kill); });
    const exited first = co_await receive<exited>(own);
    CHECK(first.why == reason::kill);
    const pid struck = spawn_link(spec::idle);
    exit(struck, reason::kill);
    const exited second = co_await receive<exited>(struck);
    CHECK(second.why == reason::killed);
    auto [b, watch_b] = spawn_monitor([] {
      spawn_link([] { exit(reason::kill); });
      return spec::idle();
    });
    const exit_reason why = co_await spec::end_of(watch_b);
    CHECK(why == reason::kill);
  });
}
