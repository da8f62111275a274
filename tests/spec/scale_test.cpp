// Many processes: how much each costs, and how many may die at once.
#include "spec.hpp"

#include <algorithm>

#include <unistd.h>
#include <fstream>

namespace {

struct go_on {};

std::size_t resident_bytes() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// A chain: each process is linked with the next; the last one tells.
process chain(int n, std::shared_ptr<std::atomic<int>> alive, pid tell) {
  ++*alive;
  const spec::on_destruction at_end([alive] { --*alive; });
  if (n > 1)
    spawn_link(chain, n - 1, alive, tell);
  else
    send(tell, go_on{});
  co_await sleep(infinity);
}

}  // namespace

TEST_CASE("10^6 processes parked in receive take at most 500 bytes each") {
  static constexpr int count = spec::sized(1'000'000, 20'000);
  spec::in_run([]() -> process {
    const auto begun = std::make_shared<std::atomic<int>>(0);
    std::vector<pid> all;
    all.reserve(static_cast<std::size_t>(count));
    (void)co_await spec::dead_process();
    const std::size_t before = resident_bytes() + static_cast<std::size_t>(count) * sizeof(pid);
    for (int i = 0; i < count; ++i) {
      all.push_back(spawn([counter = begun.get()]() -> process {
        ++*counter;
        co_await receive<go_on>();
      }));
      if (i % 1024 == 0)
        co_await yield();
    }
    while (begun->load() < count)
      co_await sleep(1ms);
    co_await sleep(20ms);
    const double each = static_cast<double>(resident_bytes() - before) / count;
    if (spec::release_build)
      CHECK(each <= 500);
    for (const pid p : all)
      send(p, go_on{});
    (void)co_await spec::end_of(all.back());
    while (processes().size() > 2)
      co_await sleep(1ms);
  });
}

TEST_CASE("a chain of 10^5 linked processes dies with one reason, on threads of 256 KiB") {
  static constexpr int length = spec::sized(100'000, 10'000);
  spec::in_run(run_options{.stack_size = 256 * 1024}, []() -> process {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    const pid first = spawn(chain, length, alive, self());
    co_await receive<go_on>();
    CHECK(alive->load() == length);
    std::vector<monitor_ref> watches;
    for (const pid p : processes())
      if (p != self() && (co_await inspect(p))->links.size() > 0)
        watches.push_back(monitor(p));
    CHECK(watches.size() == static_cast<std::size_t>(length));
    exit(first, exit_reason("boom"));
    std::vector<monitor_ref> fired;
    while (fired.size() < watches.size()) {  // as they come: each found among all the others took half a minute
      const down d = co_await receive<down>();
      REQUIRE(d.why == exit_reason("boom"));
      fired.push_back(d.monitor);
    }
    std::sort(fired.begin(), fired.end());
    std::sort(watches.begin(), watches.end());
    CHECK((fired == watches));
    CHECK(alive->load() == 0);
  });
}

TEST_CASE("a chain of 10^6 linked processes dies, on threads of 256 KiB") {
  static constexpr int length = spec::sized(1'000'000, 20'000);
  spec::in_run(run_options{.stack_size = 256 * 1024}, []() -> process {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    const pid first = spawn(chain, length, alive, self());
    co_await receive<go_on>();
    CHECK(alive->load() == length);
    exit(first, reason::kill);
    while (alive->load() > 0)
      co_await sleep(1ms);
    while (processes().size() > 2)
      co_await sleep(1ms);
  });
}

TEST_CASE("a trapping hub linked with 10^5 leaves gets an exited of each") {
  static constexpr int leaves = spec::sized(100'000, 5'000);
  spec::in_run([]() -> process {
    trap_exits();
    for (int n = 0; n < leaves; ++n)
      spawn_link([n] { exit(exit_reason(n)); });
    std::vector<bool> seen(static_cast<std::size_t>(leaves));
    for (int n = 0; n < leaves; ++n) {
      const exited e = co_await receive<exited>();
      REQUIRE(e.why.get_if<int>() != nullptr);
      const auto leaf = static_cast<std::size_t>(*e.why.get_if<int>());
      REQUIRE_FALSE(seen[leaf]);
      seen[leaf] = true;
    }
  });
}

TEST_CASE("the death of a hub takes 10^5 leaves with it, and others run meanwhile") {
  static constexpr int leaves = spec::sized(100'000, 5'000);
  spec::in_run([]() -> process {
    const auto alive = std::make_shared<std::atomic<int>>(0);
    auto [hub, watch] = spawn_monitor([alive, to = self()]() -> process {
      for (int n = 0; n < leaves; ++n)
        spawn_link([alive]() -> process {
          ++*alive;
          const spec::on_destruction at_end([alive] { --*alive; });
          co_await sleep(infinity);
        });
      while (alive->load() < leaves)
        co_await sleep(1ms);
      send(to, go_on{});
      co_await sleep(infinity);
    });
    co_await receive<go_on>();
    exit(hub, exit_reason("hub"));
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("hub"));
    while (alive->load() > 0)
      co_await yield();
  });
}

TEST_CASE("a million spawns and exits leave nothing behind") {
  static constexpr int rounds = spec::sized(1'000'000, 20'000);
  spec::in_run([]() -> process {
    auto churn = [](int n) -> task<> {
      for (int i = 0; i < n; ++i) {
        spawn([] {});
        if (i % 256 == 0)
          co_await yield();
      }
      while (processes().size() > 2)
        co_await yield();
    };
    co_await churn(20'000);
    const std::size_t before = resident_bytes();
    co_await churn(rounds);
    if (spec::release_build)
      CHECK(resident_bytes() < before + (std::size_t{16} << 20));
  });
}
