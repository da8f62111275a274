// parallel_map, parallel_outcomes, parallel_each. C199, K3.
#include "eventually.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <ranges>

namespace {

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(200, body);
}

int square(int n) { return n * n; }

task<int> square_after_ms(int n) {
  co_await sleep(std::chrono::milliseconds(n));
  co_return n* n;
}

// No process but the body and the one above it, nothing in the mailbox, no link, no monitor.
task<bool> nothing_left(std::size_t processes_before) {
  const std::optional<process_info> me = co_await inspect(self());
  co_return processes().size() == processes_before && me->mailbox_length == 0 && me->links.empty() && me->monitors.empty();
}

template <class Run>
task<exit_reason> reason_of(Run run) {
  try {
    co_await run();
  } catch (const exiting& e) {
    co_return e.why();
  }
  co_return reason::normal;
}

// How many run at once, and the most that ever did.
class gauge {
 public:
  int enter() const {
    const int now = ++state_->now;
    int most = state_->most.load();
    while (now > most && !state_->most.compare_exchange_weak(most, now)) {}
    return now;
  }
  void leave() const { --state_->now; }
  int most() const { return state_->most.load(); }

 private:
  struct state {
    std::atomic<int> now{0}, most{0};
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

}  // namespace

TEST_CASE("parallel_map gives the results in the order of the elements") {
  in_process([]() -> process {
    const std::size_t before = processes().size();
    const std::vector<int> numbers{5, 3, 9, 1};
    const std::vector<int> squares = co_await parallel_map(numbers, square);
    CHECK(squares == std::vector<int>{25, 9, 81, 1});
    const std::vector<int> slow = co_await parallel_map(numbers, square_after_ms, {.max_concurrency = 3});
    CHECK(slow == squares);
    const std::vector<int> none = co_await parallel_map(std::vector<int>{}, square);
    CHECK(none.empty());
    const bool clean = co_await nothing_left(before);
    CHECK(clean);
  });
}

TEST_CASE("parallel_map takes views, arrays, move-only elements, and gives move-only results") {
  in_process([]() -> process {
    const auto evens = std::views::iota(0, 6) | std::views::filter([](int n) { return n % 2 == 0; });
    const std::vector<int> squares = co_await parallel_map(evens, square);
    CHECK(squares == std::vector<int>{0, 4, 16});
    const int array[] = {1, 2};
    const std::vector<int> two = co_await parallel_map(array, square);
    CHECK(two == std::vector<int>{1, 4});
    const char* const words[] = {"a", "bb"};
    const auto sizes = co_await parallel_map(words, [](const std::string& s) { return s.size(); });
    CHECK(sizes == std::vector<std::size_t>{1, 2});
    std::vector<std::unique_ptr<int>> owned;
    owned.push_back(std::make_unique<int>(3));
    const auto more = co_await parallel_map(std::move(owned), [](std::unique_ptr<int> p) { return std::make_unique<int>(*p + 1); });
    REQUIRE(more.size() == 1);
    CHECK(*more[0] == 4);
    const std::map<std::string, int> table{{"x", 1}, {"y", 2}};
    const auto values = co_await parallel_map(table, [](const std::pair<const std::string, int>& e) { return e.second; });
    CHECK(values == std::vector<int>{1, 2});
    const std::vector<bool> bits{true, false};
    const std::vector<int> flipped = co_await parallel_map(bits, [](bool b) { return b ? 0 : 1; });
    CHECK(flipped == std::vector<int>{0, 1});
    auto ran = std::make_shared<std::atomic<int>>(0);
    co_await parallel_map(std::views::iota(0, 10), [ran](int) { ++*ran; });
    CHECK(ran->load() == 10);
  });
}

TEST_CASE("parallel_map unordered gives the results as they come") {
  in_process([]() -> process {
    const std::vector<int> squares =
        co_await parallel_map(std::vector<int>{300, 200, 100}, square_after_ms, {.max_concurrency = 3, .ordered = false});
    CHECK(squares == std::vector<int>{10000, 40000, 90000});
  });
}

TEST_CASE("C199 never more than max_concurrency elements run at once, and as many as that do") {
  in_process([]() -> process {
    for (const std::size_t most : {1, 3, 7}) {
      gauge g;
      const auto ran = co_await parallel_map(std::views::iota(0, 40),
                                             [g, most](int n) -> task<int> {
                                               g.enter();
                                               while (g.most() < static_cast<int>(most))  // until all the first are there
                                                 co_await sleep(1ms);
                                               co_await sleep(std::chrono::milliseconds(1 + n % 3));
                                               g.leave();
                                               co_return n;
                                             },
                                             {.max_concurrency = most});
      CHECK(ran.size() == 40);
      CHECK(g.most() == static_cast<int>(most));
    }
  });
}

TEST_CASE("C199 the cap counts what is being killed, too") {
  in_process([]() -> process {
    gauge g;
    const auto fates = co_await parallel_outcomes(std::views::iota(0, 30),
                                                  [g](int n) -> task<int> {
                                                    g.enter();
                                                    const spec::on_destruction leave([g] { g.leave(); });
                                                    co_await sleep(n % 3 == 0 ? time_limit(infinity) : time_limit(1ms));
                                                    co_return n;
                                                  },
                                                  {.max_concurrency = 4, .timeout = 20ms});
    CHECK(fates.size() == 30);
    CHECK(g.most() <= 4);
  });
}

TEST_CASE("K3 the first failure ends parallel_map with its reason; the rest is dead, nothing is left") {
  spec::collected_reports reports;
  in_process([]() -> process {
    trap_exits();
    const std::size_t before = processes().size();
    const auto begin = now();
    const exit_reason why = co_await reason_of([]() -> task<> {
      (void)co_await parallel_map(std::views::iota(0, 1000),
                                  [](int n) -> task<int> {
                                    if (n == 2)
                                      exit(exit_reason("two"));
                                    co_await sleep(4s);
                                    co_return n;
                                  },
                                  {.max_concurrency = 10});
    });
    CHECK(why == exit_reason("two"));
    CHECK(now() - begin < 4s);
    const exit_reason error = co_await reason_of([]() -> task<> {
      (void)co_await parallel_map(std::views::iota(0), [](int n) -> int { return n < 20 ? n : throw std::runtime_error("oops"); });
    });
    CHECK(error.what() == "oops");
    const bool clean = co_await nothing_left(before);
    CHECK(clean);
  });
}

TEST_CASE("K3 an element that takes too long ends parallel_map with timeout; nothing is left") {
  spec::in_simulation(200, []() -> process {
    const std::size_t before = processes().size();
    const auto begin = now();
    const exit_reason why = co_await reason_of([]() -> task<> {
      (void)co_await parallel_map(std::vector<int>{1, 60'000, 2}, square_after_ms, {.max_concurrency = 3, .timeout = 100ms});
    });
    CHECK(why == reason::timeout);
    CHECK(now() - begin >= 100ms);
    const exit_reason standard =
        co_await reason_of([]() -> task<> { (void)co_await parallel_map(std::vector<int>{60'000}, square_after_ms); });
    CHECK(standard == reason::timeout);
    const bool clean = co_await nothing_left(before);
    CHECK(clean);
  });
}

TEST_CASE("parallel_outcomes gives every element's fate") {
  spec::collected_reports reports;
  in_process([]() -> process {
    const std::size_t before = processes().size();
    const auto fates = co_await parallel_outcomes(std::views::iota(0, 6),
                                                  [](int n) -> task<int> {
                                                    switch (n) {
                                                      case 1:
                                                        throw std::runtime_error("oops");
                                                      case 2:
                                                        exit(exit_reason("why"));
                                                      case 3:
                                                        exit(self(), reason::kill);
                                                        break;
                                                      case 4:
                                                        exit(reason::normal);
                                                      case 5:
                                                        trap_exits();
                                                        co_await sleep(infinity);
                                                    }
                                                    co_await sleep(1ms);
                                                    co_return n;
                                                  },
                                                  {.max_concurrency = 2, .timeout = 1s});
    REQUIRE(fates.size() == 6);
    CHECK(fates[0].value_or(-1) == 0);
    CHECK(fates[1].why().what() == "oops");
    CHECK(fates[2].why() == exit_reason("why"));
    CHECK(fates[3].why() == reason::killed);
    CHECK_FALSE(fates[4]);
    CHECK(fates[4].why() == reason::normal);
    CHECK(fates[5].why() == reason::timeout);
    const auto nothing = co_await parallel_outcomes(std::vector<int>{0, 1}, [](int n) {
      if (n == 1)
        exit(exit_reason(1));
    });
    CHECK(nothing[0]);
    CHECK_FALSE(nothing[1]);
    const bool clean = co_await nothing_left(before);
    CHECK(clean);
  });
}

TEST_CASE("parallel_each hands over each result in order, in the caller, and stops when it is told to") {
  in_process([]() -> process {
    const std::size_t before = processes().size();
    std::vector<int> seen;
    const pid me = self();
    co_await parallel_each(std::vector<int>{30, 10, 20}, square_after_ms, [&](int n) {
      CHECK(self() == me);
      seen.push_back(n);
    });
    CHECK(seen == std::vector<int>{900, 100, 400});
    seen.clear();
    co_await parallel_each(
        std::views::iota(0), [](int n) { return n; },  // endless
        [&](int n) {
          seen.push_back(n);
          return n < 5;
        },
        {.max_concurrency = 3});
    CHECK(seen == std::vector<int>{0, 1, 2, 3, 4, 5});
    const bool clean = co_await nothing_left(before);
    CHECK(clean);
  });
}

TEST_CASE("the consumer of parallel_each may be a coroutine, and what it throws comes out, with nothing left") {
  in_process([]() -> process {
    const std::size_t before = processes().size();
    int sum = 0;
    co_await parallel_each(std::views::iota(0, 10), square, [&](int n) -> task<> {
      co_await sleep(1ms);
      sum += n;
    });
    CHECK(sum == 285);
    co_await parallel_each(std::views::iota(0), square, [&](int n) -> task<bool> {
      co_await sleep(1ms);
      co_return n < 25;
    });
    int calls = 0;
    co_await parallel_each(std::views::iota(0, 3), [](int) {}, [&] { ++calls; });
    CHECK(calls == 3);
    bool thrown = false;
    try {
      co_await parallel_each(
          std::views::iota(0), [](int n) { return n; },
          [](int n) {
            if (n == 3)
              throw std::runtime_error("enough");
          });
    } catch (const std::runtime_error& e) {
      thrown = std::string(e.what()) == "enough";
    }
    CHECK(thrown);
    const bool clean = co_await nothing_left(before);
    CHECK(clean);
  });
}

TEST_CASE("K3 the caller is killed in the middle: every element dies with it") {
  in_process([]() -> process {
    const std::size_t before = processes().size();
    auto alive = std::make_shared<std::atomic<int>>(0);
    auto [p, watch] = spawn_monitor([alive]() -> process {
      co_await parallel_map(std::views::iota(0, 100),
                            [alive](int) -> task<> {
                              ++*alive;
                              const spec::on_destruction gone([alive] { --*alive; });
                              trap_exits();
                              co_await sleep(infinity);
                            },
                            {.max_concurrency = 8, .timeout = infinity});
    });
    while (alive->load() < 8)
      co_await sleep(1ms);
    exit(p, reason::kill);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
    co_await spec::eventually([&] { return processes().size() <= before; });
    CHECK(alive->load() == 0);
    CHECK(processes().size() == before);
  });
}

TEST_CASE("the mailbox of the caller plays no part: unread messages stay, none is added") {
  in_process([]() -> process {
    for (int i = 0; i < 100; ++i)
      send(self(), i);
    const auto squares = co_await parallel_map(std::views::iota(0, 50), square, {.max_concurrency = 5});
    CHECK(squares.size() == 50);
    const std::size_t unread = co_await spec::unread();
    CHECK(unread == 100);
  });
}

TEST_CASE("parallel runs nest") {
  in_process([]() -> process {
    const auto sums = co_await parallel_map(std::views::iota(0, 5),
                                            [](int n) -> task<int> {
                                              const auto inner = co_await parallel_map(std::views::iota(0, n), square);
                                              co_return std::accumulate(inner.begin(), inner.end(), 0);
                                            },
                                            {.max_concurrency = 2});
    CHECK(sums == std::vector<int>{0, 0, 1, 5, 14});
  });
}

TEST_CASE("a negative timeout of parallel_options throws std::invalid_argument") {
  in_process([]() -> process {
    bool refused = false;
    try {
      (void)co_await parallel_map(std::vector<int>{1}, square, {.timeout = -1s});
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
  });
}
