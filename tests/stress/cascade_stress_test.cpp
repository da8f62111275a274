// Exit cascades: chains, rings, stars, cliques, trees, random graphs.
#include "stress.hpp"

#include <algorithm>
#include <random>

namespace {

const exit_reason boom("boom");

struct link_to {
  std::vector<pid> whom;
  pid boss;
};
struct linked {};
struct ask {
  pid who;
};
struct exits_seen {
  pid who;
  int exits = 0;
};

// Links when told to; if it traps, counts the exits it gets.
process node(bool traps) {
  trap_exits(traps);
  int exits = 0;
  while (true)
    co_await receive(
        [](link_to l) {
          for (const pid p : l.whom)
            link(p);
          send(l.boss, linked{});
        },
        [&](const exited&) { ++exits; }, [&](ask a) { send(a.who, exits_seen{self(), exits}); });
}

struct nodes {
  std::vector<pid> all;
  void add(bool traps) { all.push_back(spawn_monitor(node, traps).process); }
};

nodes make_nodes(int n, bool trap = false) {
  nodes made;
  for (int i = 0; i < n; ++i)
    made.add(trap);
  return made;
}

task<> await_linked(int n) {
  for (int i = 0; i < n; ++i)
    co_await receive<linked>();
}

}  // namespace

TEST_CASE("chain: kill one end, all die with one reason, on small stacks") {
  stress::shape([]() -> process {
    const int n = stress::sized(30'000, 1'000'000, 4'000);
    const nodes chain = make_nodes(n);
    for (int i = 0; i + 1 < n; ++i)
      send(chain.all[static_cast<std::size_t>(i)], link_to{{chain.all[static_cast<std::size_t>(i) + 1]}, self()});
    co_await await_linked(n - 1);
    exit(chain.all[0], boom);
    const int right = co_await stress::downs(n, boom);
    CHECK(right == n);
  });
}

TEST_CASE("ring: one is told to end, every reason is the same and never noproc") {
  stress::shape([]() -> process {
    const int n = stress::sized(30'000, 1'000'000, 4'000);
    const nodes ring = make_nodes(n);
    for (int i = 0; i < n; ++i)
      send(ring.all[static_cast<std::size_t>(i)], link_to{{ring.all[static_cast<std::size_t>((i + 1) % n)]}, self()});
    co_await await_linked(n);
    exit(ring.all[static_cast<std::size_t>(n / 2)], boom);
    const int right = co_await stress::downs(n, boom);
    CHECK(right == n);
  });
}

TEST_CASE("star: the hub's death takes all leaves; leaves that die reach a trapping hub one by one") {
  stress::shape([]() -> process {
    const int n = stress::sized(20'000, 1'000'000, 4'000);
    for (const bool hub_dies : {true, false}) {
      const nodes leaves = make_nodes(n);
      auto [hub, watch] = spawn_monitor(node, !hub_dies);
      send(hub, link_to{leaves.all, self()});
      co_await await_linked(1);
      if (hub_dies) {
        exit(hub, boom);
        const int right = co_await stress::downs(n + 1, boom);
        CHECK(right == n + 1);
      } else {
        for (const pid leaf : leaves.all)
          exit(leaf, boom);
        const int right = co_await stress::downs(n, boom);
        CHECK(right == n);
        send(hub, ask{self()});
        const exits_seen seen = co_await receive<exits_seen>();
        CHECK(seen.exits == n);
        exit(hub, reason::kill);
        co_await receive<down>();
      }
    }
  });
}

TEST_CASE("clique: each dies with the one reason") {
  stress::shape([]() -> process {
    const int n = stress::sized(150, 1'000, 60);
    const nodes clique = make_nodes(n);
    for (int i = 0; i < n; ++i)
      send(clique.all[static_cast<std::size_t>(i)], link_to{{clique.all.begin() + i + 1, clique.all.end()}, self()});
    co_await await_linked(n);
    exit(clique.all[0], boom);
    const int right = co_await stress::downs(n, boom);
    CHECK(right == n);
  });
}

namespace {

// A supervisor by hand: traps, starts two below it, ends them in reverse order when its parent says so.
process tree_node(int depth, pid parent, pid boss) {
  trap_exits();
  std::vector<pid> children;
  if (depth > 0)
    for (int i = 0; i < 2; ++i)
      children.push_back(spawn_link(tree_node, depth - 1, self(), boss));
  send(boss, linked{});
  exited end = co_await receive<exited>(parent);
  while (!children.empty()) {
    const pid last = children.back();
    children.pop_back();
    exit(last, reason::shutdown);
    co_await receive<exited>(last);
  }
  exit(end.why);
}

}  // namespace

TEST_CASE("tree of trapping supervisors: all are dead at the root's DOWN") {
  stress::shape([]() -> process {
    const int depth = stress::sized(10, 16, 7);
    trap_exits();
    const pid root = spawn_link(tree_node, depth, self(), self());
    co_await await_linked((2 << depth) - 1);
    exit(root, reason::shutdown);
    const exited e = co_await receive<exited>(root);
    CHECK(e.why == reason::shutdown);
    CHECK(processes().size() == 2);
  });
}

TEST_CASE("random graph, a third trapping, random kills: the dead are those a breadth-first search predicts") {
  stress::shape([]() -> process {
    const int n = stress::sized(100'000, 300'000, 4'000);
    std::mt19937 random(static_cast<unsigned>(n));
    const auto some_node = [&] { return static_cast<std::size_t>(random()) % static_cast<std::size_t>(n); };
    nodes graph;
    std::vector<char> traps(static_cast<std::size_t>(n));
    for (char& t : traps)
      graph.add((t = random() % 3 == 0));
    std::vector<std::vector<std::size_t>> neighbours(static_cast<std::size_t>(n));
    std::vector<std::vector<pid>> to_link(static_cast<std::size_t>(n));
    for (int edge = 0; edge < n; ++edge) {
      const std::size_t a = some_node(), b = some_node();
      if (a == b || std::count(neighbours[a].begin(), neighbours[a].end(), b) > 0)
        continue;
      neighbours[a].push_back(b);
      neighbours[b].push_back(a);
      to_link[a].push_back(graph.all[b]);
    }
    int linkers = 0;
    for (std::size_t i = 0; i < to_link.size(); ++i)
      if (!to_link[i].empty()) {
        send(graph.all[i], link_to{std::move(to_link[i]), self()});
        ++linkers;
      }
    co_await await_linked(linkers);

    std::vector<char> dead(static_cast<std::size_t>(n));
    std::vector<std::size_t> queue, victims;
    for (int i = 0; i < n / 1000 + 3; ++i) {
      const std::size_t v = some_node();
      victims.push_back(v);
      if (!std::exchange(dead[v], 1))
        queue.push_back(v);
    }
    for (std::size_t i = 0; i < queue.size(); ++i) {
      const std::vector<std::size_t> around = neighbours[queue[i]];
      for (const std::size_t next : around)
        if (!traps[next] && !std::exchange(dead[next], 1))
          queue.push_back(next);
    }

    for (const std::size_t v : victims)
      exit(graph.all[v], reason::kill);
    const int right = co_await stress::downs(static_cast<int>(queue.size()), reason::killed);
    CHECK(right == static_cast<int>(queue.size()));
    std::vector<std::pair<pid, int>> expected;  // of the living: an exit for each dead neighbour
    for (std::size_t i = 0; i < dead.size(); ++i)
      if (!dead[i]) {
        const auto lost = std::count_if(neighbours[i].begin(), neighbours[i].end(), [&](std::size_t k) { return dead[k] != 0; });
        expected.emplace_back(graph.all[i], static_cast<int>(lost));
        send(graph.all[i], ask{self()});
      }
    std::sort(expected.begin(), expected.end());
    int wrong = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const exits_seen seen = co_await receive<exits_seen>();
      wrong += !std::binary_search(expected.begin(), expected.end(), std::pair(seen.who, seen.exits));
    }
    CHECK(wrong == 0);
    const auto unexpected = co_await receive<down>(within(0s));
    CHECK_FALSE(unexpected);
    for (const auto& [who, exits] : expected)
      exit(who, reason::kill);
    const int rest = co_await stress::downs(static_cast<int>(expected.size()), reason::killed);
    CHECK(rest == static_cast<int>(expected.size()));
  });
}

TEST_CASE("a cascade while newcomers link to the dying: each gets the reason or noproc") {
  stress::shape([]() -> process {
    const int n = stress::sized(2'000, 10'000, 400);
    const nodes chain = make_nodes(n);
    for (int i = 0; i + 1 < n; ++i)
      send(chain.all[static_cast<std::size_t>(i)], link_to{{chain.all[static_cast<std::size_t>(i) + 1]}, self()});
    co_await await_linked(n - 1);
    const pid boss = self();
    for (int i = 0; i < n; ++i)
      spawn(
          [](pid to, pid boss) -> process {
            trap_exits();
            link(to);
            const exited e = co_await receive<exited>(to);
            send(boss, e.why == boom || e.why == reason::noproc);
          },
          chain.all[static_cast<std::size_t>(i)], boss);
    exit(chain.all[0], boom);
    int good = 0;
    for (int i = 0; i < n; ++i)
      good += co_await receive<bool>();
    CHECK(good == n);
    const int right = co_await stress::downs(n, boom);
    CHECK(right == n);
  });
}

TEST_CASE("a reason of 100 kB over many links is shared, not copied") {
  stress::shape([]() -> process {
    const int n = stress::sized(20'000, 100'000, 2'000);
    const nodes leaves = make_nodes(n);
    const exit_reason large(std::string(100'000, 'x'));
    const pid hub = spawn(node, false);
    send(hub, link_to{leaves.all, self()});
    co_await await_linked(1);
    exit(hub, large);
    const int right = co_await stress::downs(n, large);
    CHECK(right == n);
  });
}

TEST_CASE("deep await chains, killed: destroyed frame by frame") {
  stress::shape([]() -> process {
    struct deep {
      static task<> below(int depth, pid boss) {
        stress::counted local(depth);
        if (depth == 0) {
          send(boss, linked{});
          co_await sleep(infinity);
        } else {
          co_await below(depth - 1, boss);
        }
      }
    };
    const int n = stress::sized(50'000, 1'000'000, 5'000);
    auto [p, watch] = spawn_monitor([](int n, pid boss) -> process { co_await deep::below(n, boss); }, n, self());
    co_await receive<linked>();
    CHECK(stress::counted::living() == n + 1);
    exit(p, reason::kill);
    co_await receive<down>(watch);
    CHECK(stress::counted::living() == 0);
  });
}
