// Process groups.
#include "spec.hpp"

#include <algorithm>

TEST_CASE("pg: a process is in a group as often as it joined, in the order of joining") {
  spec::in_process([]() -> process {
    const pid a = spawn(spec::idle), b = spawn(spec::idle);
    CHECK(pg::members("spec group").empty());
    pg::join("spec group", a);
    pg::join("spec group", b);
    pg::join("spec group", a);
    CHECK(pg::members("spec group") == std::vector<pid>{a, b, a});
    CHECK(pg::groups() == std::vector<std::string>{"spec group"});
    CHECK(pg::leave("spec group", a));
    CHECK(pg::members("spec group") == std::vector<pid>{b, a});
    CHECK(pg::leave("spec group", a));
    CHECK_FALSE(pg::leave("spec group", a));
    CHECK_FALSE(pg::leave("spec no group", b));
    CHECK(pg::leave("spec group", b));
    CHECK(pg::groups().empty());
    pg::join("spec own");
    CHECK(pg::members("spec own") == std::vector<pid>{self()});
    CHECK(pg::leave("spec own"));
    co_return;
  });
}

TEST_CASE("pg: a member leaves with its death, before its DOWN; a dead process does not join") {
  spec::in_process([]() -> process {
    auto [a, watch] = spawn_monitor(spec::idle);
    pg::join("spec one", a);
    pg::join("spec one", a);
    pg::join("spec two", a);
    exit(a, reason::kill);
    co_await receive<down>(watch);
    CHECK(pg::members("spec one").empty());
    CHECK(pg::groups().empty());
    pg::join("spec one", a);
    CHECK(pg::members("spec one").empty());
  });
}

TEST_CASE("pg: a watcher is told of every change after its look, and of none after demonitor") {
  spec::in_process([]() -> process {
    const pid a = spawn(spec::idle);
    auto [b, watch] = spawn_monitor(spec::idle);
    pg::join("spec watched", a);
    const pg::watched w = pg::monitor("spec watched");
    CHECK(w.members == std::vector<pid>{a});
    pg::join("spec watched", b);
    pg::join("spec watched", b);
    pg::join("spec other", b);
    for (int i = 0; i < 2; ++i) {
      const auto news = co_await receive<pg::joined>();
      CHECK(news.watch == w.watch);
      CHECK(news.group == "spec watched");
      CHECK(news.who == std::vector<pid>{b});
    }
    pg::leave("spec watched", a);
    auto gone = co_await receive<pg::left>();
    CHECK(gone.who == std::vector<pid>{a});
    exit(b, reason::kill);
    gone = co_await receive<pg::left>();
    CHECK(gone.who == std::vector<pid>{b, b});
    CHECK(pg::demonitor(w.watch));
    CHECK_FALSE(pg::demonitor(w.watch));
    pg::join("spec watched", a);
    const auto late = co_await receive<pg::joined>(within(0s));
    CHECK_FALSE(late);
    pg::leave("spec watched", a);
    co_await receive<down>(watch);
  });
}

TEST_CASE("pg: joins, leaves and deaths at once leave nothing behind") {
  spec::in_process([]() -> process {
    for (int round = 0; round < 50; ++round) {
      std::vector<monitor_ref> watches;
      for (int i = 0; i < 8; ++i)
        watches.push_back(spawn_monitor([]() -> process {
                            pg::join("spec storm");
                            co_await yield();
                            pg::join("spec storm");
                            pg::leave("spec storm");
                          }).monitor);
      for (const monitor_ref w : watches)
        co_await receive<down>(w);
      CHECK(pg::members("spec storm").empty());
    }
  });
}
