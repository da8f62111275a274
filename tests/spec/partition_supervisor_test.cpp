// Partitioned supervisors. semantics.md C209
#include "schedulers.hpp"
#include "supervision.hpp"

#include <map>
#include <set>
#include <stdexcept>

namespace {

struct who_are_you {
  using reply = std::pair<pid, std::size_t>;
};
struct what_were_you_told {
  using reply = std::string;
};

process partition(partition_info which, std::string text) {
  while (true)
    co_await receive([&](request<who_are_you> r) { r.reply(std::pair(self(), which.number)); },
                     [&](request<what_were_you_told> r) { r.reply(text); });
}

task<partition_supervisor> partitioned(std::size_t n) {
  trap_exits();
  co_return *co_await partition_supervisor::start_link({.partitions = n, .restarts = 100}, partition, "argument");
}

task<pid> server_of(const partition_supervisor& parts, std::string key) {
  co_return (co_await call(parts.at(key), who_are_you{})).first;
}

}  // namespace

TEST_CASE("C209 one key leads to one partition, and all partitions are reached") {
  spec::everywhere([]() -> process {
    const partition_supervisor parts = co_await partitioned(4);
    CHECK(parts.partitions() == 4);
    std::map<std::string, pid> server;
    std::set<pid> reached;
    for (int round = 0; round < 2; ++round)
      for (int i = 0; i < 100; ++i) {
        const std::string key = "key " + std::to_string(i);
        const pid now = co_await server_of(parts, key);
        CHECK((round == 0 || server[key] == now));
        server[key] = now;
        reached.insert(now);
      }
    CHECK(reached.size() == 4);
  });
}

TEST_CASE("C209 an integer is its own hash: the partition is the rest of the division") {
  spec::everywhere([]() -> process {
    const partition_supervisor parts = co_await partitioned(3);
    for (std::size_t i = 0; i < 9; ++i) {
      const auto [server, number] = co_await call(parts.at(i), who_are_you{});
      CHECK(number == i % 3);
      const std::string text = co_await call(parts.at(i), what_were_you_told{});
      CHECK(text == "argument");
    }
  });
}

TEST_CASE("C209 a restarted partition serves the same keys") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const partition_supervisor parts = co_await partitioned(2);
    const auto [before, number] = co_await call(parts.at(1), who_are_you{});
    (void)co_await spec::end(before, reason::kill);
    while (true) {
      const auto now = co_await try_call(parts.at(1), who_are_you{});
      if (!now) {
        CHECK(now.why() == reason::noproc);
        co_await sleep(1ms);
        continue;
      }
      CHECK(now->first != before);
      CHECK(now->second == number);
      break;
    }
  });
}

TEST_CASE("C209 resize: fewer, then as many again; every key keeps leading to a living partition") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const partition_supervisor parts = co_await partitioned(4);
    for (const std::size_t n : {4, 1, 3, 2, 4}) {
      const outcome<> resized = co_await parts.resize(n);
      CHECK(resized);
      CHECK(parts.partitions() == n);
      std::set<std::size_t> reached;
      for (std::size_t i = 0; i < 20; ++i) {
        const auto [server, number] = co_await call(parts.at(i), who_are_you{});
        CHECK(number == i % n);
        reached.insert(number);
      }
      CHECK(reached.size() == n);
      const child_counts counts = co_await count_children(parts.process());
      CHECK(counts.active == n);
      CHECK(counts.specs == 4);
    }
  });
}

TEST_CASE("C209 resizing by many at once leaves what one of them wanted") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    const partition_supervisor parts = co_await partitioned(8);
    std::vector<monitor_ref> watches;
    for (std::size_t n = 1; n <= 8; ++n)
      watches.push_back(spawn_monitor([parts, n]() -> process { (void)co_await parts.resize(n); }).monitor);
    for (const monitor_ref w : watches) {
      const exit_reason why = co_await spec::end_of(w);
      CHECK(why == reason::normal);
    }
    const child_counts counts = co_await count_children(parts.process());
    CHECK(counts.active == parts.partitions());
    for (std::size_t i = 0; i < 8; ++i) {
      const auto [server, number] = co_await call(parts.at(i), who_are_you{});
      CHECK(number == i % parts.partitions());
    }
  });
}

TEST_CASE("C209 zero partitions, or more than there were, throw") {
  spec::everywhere([]() -> process {
    const partition_supervisor parts = co_await partitioned(2);
    for (const std::size_t n : {0, 3}) {
      try {
        (void)co_await parts.resize(n);
        FAIL("resize(" << n << ") returned");
      } catch (const std::invalid_argument& e) {
        CHECK(spec::contains(e.what(), "between 1 and 2"));
      }
    }
  });
}

TEST_CASE("C209 as many partitions as schedulers if nothing else was said; a function need not know its number") {
  const spec::options_decide_schedulers here;
  spec::in_run(run_options{.schedulers = 3}, []() -> process {
    trap_exits();
    const auto parts = *co_await partition_supervisor::start_link(spec::obedient, std::string("x"), spec::shared_log());
    CHECK(parts.partitions() == 3);
    const std::vector<child_info> children = co_await which_children(parts.process());
    REQUIRE(children.size() == 3);
    CHECK(children[2].id == "2");
  });
}

TEST_CASE("C209 a partition that does not start is a failed start of all") {
  spec::collected_reports reports;
  spec::everywhere([]() -> process {
    trap_exits();
    const auto fails = [](partition_info which) -> process {
      if (which.number == 1)
        exit(exit_reason("cannot"));
      return spec::obedient("x", {});
    };
    const auto parts = co_await partition_supervisor::start_link({.partitions = 2}, fails);
    CHECK_FALSE(parts);
    CHECK(parts.why() == reason::shutdown_with(failed_to_start{"1", exit_reason("cannot")}));
  });
}
