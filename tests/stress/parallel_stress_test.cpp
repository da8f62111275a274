// parallel runs whose elements end in every way, halted early or not: the cap holds, nothing is left.
#include "stress.hpp"

#include <ranges>

namespace {

enum class fate { value, crash, reason, suicide, normal, hang };

// Deterministic, so that every element's fate is known beforehand: one in four does not give its value.
fate fate_of(int n) {
  switch ((static_cast<unsigned>(n) * 2654435761u >> 16) % 20) {
    case 0:
      return fate::crash;
    case 1:
      return fate::reason;
    case 2:
      return fate::suicide;
    case 3:
      return fate::normal;
    case 4:
      return fate::hang;
    default:
      return fate::value;
  }
}

struct gauge {
  std::atomic<int> now{0}, most{0};
  void enter() {
    int seen = most.load();
    for (const int n = ++now; n > seen && !most.compare_exchange_weak(seen, n);) {}
  }
};

auto element(std::shared_ptr<gauge> g) {
  return [g](int n) -> task<int> {
    g->enter();
    const spec::on_destruction leave([g] { --g->now; });
    if (n % 3 == 0)
      co_await yield();
    switch (fate_of(n)) {
      case fate::value:
        break;
      case fate::crash:
        throw std::runtime_error("crash");
      case fate::reason:
        exit(exit_reason(n));
      case fate::suicide:
        exit(self(), reason::kill);
        co_await sleep(infinity);
        break;
      case fate::normal:
        exit(reason::normal);
      case fate::hang:
        trap_exits();
        co_await sleep(infinity);
    }
    co_return n;
  };
}

bool as_foretold(int n, const outcome<int>& o) {
  switch (fate_of(n)) {
    case fate::value:
      return o.value_or(-1) == n;
    case fate::crash:
      return !o && o.why().what() == "crash";
    case fate::reason:
      return !o && o.why() == exit_reason(n);
    case fate::suicide:
      return !o && o.why() == reason::killed;
    case fate::normal:
      return !o && o.why() == reason::normal;
    case fate::hang:
      return !o && o.why() == reason::timeout;
  }
  return false;
}

task<bool> clean() {
  const std::optional<process_info> me = co_await inspect(self());
  co_return processes().size() == 2 && me->mailbox_length == 0 && me->links.empty() && me->monitors.empty();
}

}  // namespace

TEST_CASE("every fate of 10^4 elements is told, the cap is never exceeded, nothing is left") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    const int n = stress::sized(100'000, 10'000);
    for (const bool ordered : {true, false}) {
      auto g = std::make_shared<gauge>();
      const auto fates = co_await parallel_outcomes(std::views::iota(0, n), element(g),
                                                    {.max_concurrency = 50, .ordered = ordered, .timeout = 5ms});
      CHECK(fates.size() == static_cast<std::size_t>(n));
      int wrong = 0, values = 0;
      for (int i = 0; i < n; ++i) {
        // A busy machine may make any element late.
        const outcome<int>& o = fates[static_cast<std::size_t>(i)];
        wrong += ordered && !as_foretold(i, o) && o.why() != reason::timeout;
        values += o.has_value();
      }
      CHECK(wrong == 0);
      CHECK(values > 0);
      CHECK(g->most.load() <= 50);
      CHECK(g->now.load() == 0);
    }
    const bool nothing_left = co_await clean();
    CHECK(nothing_left);
  });
}

TEST_CASE("parallel runs that are halted, fail, time out or are killed at any point leave nothing") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    const int rounds = stress::sized(20'000, 1000);
    for (int round = 0; round < rounds; ++round) {
      auto g = std::make_shared<gauge>();
      int left = round % 17;
      if (round % 4 == 0) {
        auto [p, watch] = spawn_monitor([=]() -> process {
          co_await parallel_each(std::views::iota(0), element(g), [](int) {}, {.max_concurrency = 10, .timeout = infinity});
        });
        for (int i = 0; i < left; ++i)
          co_await yield();
        exit(p, reason::kill);
        (void)co_await receive<down>(watch);
        for (int i = 0; i < 1000 && processes().size() > 2; ++i)
          co_await sleep(1ms);
      } else {
        try {
          co_await parallel_each(std::views::iota(round), element(g), [&](int) { return --left > 0; },
                                 {.max_concurrency = 10, .timeout = 2ms});
        } catch (const exiting&) {}
      }
      REQUIRE(g->most.load() <= 10);
      REQUIRE(g->now.load() == 0);
      const bool nothing_left = co_await clean();
      REQUIRE(nothing_left);
    }
  });
}
