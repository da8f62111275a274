#include "catch.hpp"

#include "sched/wheel.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <random>
#include <utility>
#include <vector>

using brood::detail::timer_node;
using brood::detail::timer_wheel;

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t tick = 65'536;

std::vector<std::int64_t> fired_by(timer_wheel& wheel, std::int64_t now) {
  std::vector<std::int64_t> times;
  wheel.advance(now, [&](timer_node& node) { times.push_back(node.fire_at); });
  return times;
}

// Sleeps as a worker does, from deadline to deadline, until the wheel is empty. Returns the number of wake-ups.
template <class Expired>
std::size_t run_to_the_end(timer_wheel& wheel, std::int64_t& now, Expired&& expired) {
  std::size_t wakeups = 0;
  while (!wheel.empty()) {
    const std::int64_t deadline = wheel.next_deadline();
    REQUIRE(deadline > now);  // or the worker would spin
    now = deadline;
    ++wakeups;
    wheel.advance(now, expired);
  }
  return wakeups;
}

}  // namespace

TEST_CASE("an empty wheel has no deadline") {
  timer_wheel wheel;
  CHECK(wheel.next_deadline() == never);
  CHECK(fired_by(wheel, 5 * ms).empty());
  CHECK(wheel.next_deadline() == never);
}

TEST_CASE("a timer fires at its time and not a nanosecond before") {
  for (std::int64_t when : {std::int64_t{1}, tick - 1, tick, 64 * tick, 64 * tick + 1, 3'600'000 * ms, never / 2, never - 1}) {
    timer_wheel wheel;
    timer_node node;
    wheel.insert(node, when);
    CHECK(wheel.next_deadline() == when);
    CHECK(fired_by(wheel, when - 1).empty());
    CHECK(wheel.next_deadline() == when);
    CHECK(fired_by(wheel, when) == std::vector{when});
    CHECK(!node.queued());
    CHECK(wheel.empty());
  }
}

TEST_CASE("timers armed in another order fire in time order, also within a tick, and equal ones as inserted") {
  timer_wheel wheel;
  std::deque<timer_node> nodes;
  for (std::int64_t when : {30 * ms, 10 * ms, 20 * ms, 10 * ms + 1, std::int64_t{0}, 10 * ms - 1, 10 * ms})
    wheel.insert(nodes.emplace_back(), when);
  std::vector<timer_node*> order;
  wheel.advance(40 * ms, [&](timer_node& node) { order.push_back(&node); });
  CHECK(order == std::vector{&nodes[4], &nodes[5], &nodes[1], &nodes[6], &nodes[3], &nodes[2], &nodes[0]});
}

TEST_CASE("what is armed in a tick that has come fires among those that wait there, in time order, equal ones as inserted") {
  timer_wheel wheel;
  std::deque<timer_node> nodes;
  for (std::int64_t when : {10 * ms + 30, 10 * ms + 10, 10 * ms + 20})
    wheel.insert(nodes.emplace_back(), when);
  std::vector<timer_node*> order;
  const auto expired = [&](timer_node& node) { order.push_back(&node); };
  wheel.advance(10 * ms, expired);  // the tick of all three, none of which is due
  CHECK(order.empty());
  CHECK(wheel.next_deadline() == 10 * ms + 10);
  for (std::int64_t when : {10 * ms + 20, 10 * ms + 5, 10 * ms + 40, 10 * ms + 20})
    wheel.insert(nodes.emplace_back(), when);
  CHECK(wheel.next_deadline() == 10 * ms + 5);
  wheel.advance(10 * ms + 9, expired);
  CHECK(order == std::vector{&nodes[4]});
  CHECK(wheel.next_deadline() == 10 * ms + 10);
  wheel.remove(nodes[1]);
  CHECK(wheel.next_deadline() == 10 * ms + 20);
  wheel.advance(20 * ms, expired);
  CHECK(order == std::vector{&nodes[4], &nodes[2], &nodes[3], &nodes[6], &nodes[0], &nodes[5]});
  CHECK(wheel.empty());
}

TEST_CASE("what is inserted while timers fire waits for the next advance, even if due") {
  timer_wheel wheel;
  timer_node again, other;
  wheel.insert(again, 10 * ms);
  int fired = 0;
  const auto expired = [&](timer_node& node) {
    ++fired;
    if (&node == &again && fired < 4) {
      wheel.insert(again, node.fire_at + 1);
      if (!other.queued())
        wheel.insert(other, 0);
    }
  };
  wheel.advance(20 * ms, expired);
  CHECK(fired == 1);
  CHECK(wheel.next_deadline() <= 20 * ms);
  wheel.advance(20 * ms, expired);
  CHECK(fired == 3);
}

TEST_CASE("a timer may remove another that is due at the same advance") {
  timer_wheel wheel;
  timer_node first, second, third;
  wheel.insert(first, 1 * ms);
  wheel.insert(second, 2 * ms);
  wheel.insert(third, 3 * ms);
  std::vector<timer_node*> order;
  wheel.advance(5 * ms, [&](timer_node& node) {
    order.push_back(&node);
    wheel.remove(second);
    wheel.remove(second);
  });
  CHECK(order == std::vector{&first, &third});
  CHECK(wheel.empty());
}

TEST_CASE("if a timer throws, the rest fires at the next advance") {
  timer_wheel wheel;
  timer_node first, second;
  wheel.insert(first, 1);
  wheel.insert(second, 2);
  CHECK_THROWS_AS(wheel.advance(ms, [](timer_node&) { throw 1; }), int);
  CHECK(wheel.size() == 1);
  CHECK(wheel.next_deadline() == 2);
  CHECK(fired_by(wheel, ms) == std::vector<std::int64_t>{2});
}

TEST_CASE("an advance that may fire so many leaves the rest to the next, and says that it is due") {
  timer_wheel wheel;
  timer_node nodes[5];
  for (std::int64_t i = 0; i < 5; ++i)
    wheel.insert(nodes[i], (i + 1) * ms);
  std::vector<std::int64_t> fired;
  const auto note = [&](timer_node& node) { fired.push_back(node.fire_at); };
  wheel.advance(4 * ms, note, 2);
  CHECK(fired == std::vector<std::int64_t>{ms, 2 * ms});
  CHECK(wheel.next_deadline() == 3 * ms);
  wheel.remove(nodes[2]);
  wheel.advance(4 * ms, note, 2);
  CHECK(fired == std::vector<std::int64_t>{ms, 2 * ms, 4 * ms});
  CHECK(wheel.next_deadline() == 5 * ms);
  wheel.advance(9 * ms, note, 0);
  CHECK(fired.size() == 3);
  CHECK(fired_by(wheel, 9 * ms) == std::vector<std::int64_t>{5 * ms});
}

TEST_CASE("removing the only timer of a slot forgets its deadline") {
  timer_wheel wheel;
  timer_node node;
  wheel.insert(node, 5 * ms);
  wheel.remove(node);
  CHECK(wheel.next_deadline() == never);
  CHECK(!node.queued());
}

TEST_CASE("a lone timer wakes the sleeper once, however far; a crowded slot a few times") {
  timer_wheel wheel;
  timer_node node;
  std::int64_t now = 123 * ms;
  wheel.advance(now, [](timer_node&) {});
  wheel.insert(node, now + 86'400'000 * ms);
  CHECK(run_to_the_end(wheel, now, [](timer_node&) {}) == 1);

  std::deque<timer_node> crowd(10'000);
  for (timer_node& n : crowd)
    wheel.insert(n, now + 86'400'000 * ms);
  CHECK(run_to_the_end(wheel, now, [](timer_node&) {}) <= 8);
}

TEST_CASE("the wheel agrees with a multimap through any mixture of operations") {
  const unsigned seed = GENERATE(range(1u, 9u));
  std::mt19937_64 random(seed);
  timer_wheel wheel;
  std::deque<timer_node> nodes(2000);
  std::multimap<std::int64_t, timer_node*> model;  // equal keys keep the order of insertion, as the wheel does
  std::int64_t now = static_cast<std::int64_t>(random() % (1u << 30));

  const auto some_time = [&] {
    const auto spread = static_cast<int>(random() % 50);
    return now - 100 + static_cast<std::int64_t>(random() % (std::uint64_t{1} << spread));
  };
  const auto forget = [&](timer_node& node) {
    for (auto [it, end] = model.equal_range(node.fire_at); it != end; ++it)
      if (it->second == &node) {
        model.erase(it);
        return;
      }
    FAIL("not in the model");
  };
  const auto toggle = [&](timer_node& node) {
    if (node.queued()) {
      forget(node);
      wheel.remove(node);
    } else {
      const std::int64_t when = some_time();
      wheel.insert(node, when);
      model.emplace(when, &node);
    }
  };

  for (int step = 0; step < 4000; ++step) {
    for (int i = 0; i < 10; ++i)
      toggle(nodes[random() % nodes.size()]);
    REQUIRE(wheel.size() == model.size());
    if (!model.empty())
      REQUIRE(wheel.next_deadline() <= model.begin()->first);

    now = random() % 2 == 0 ? std::max(now, wheel.empty() ? now : wheel.next_deadline()) : std::max(now, some_time());
    std::vector<timer_node*> left;  // due and not removed since; later insertions do not count
    for (auto it = model.begin(); it != model.end() && it->first <= now; ++it)
      left.push_back(it->second);
    std::vector<timer_node*> inserted;
    std::size_t next = 0;
    bool agree = true;
    wheel.advance(now, [&](timer_node& node) {
      while (next < left.size() && left[next] == nullptr)
        ++next;
      agree = agree && next < left.size() && left[next++] == &node && !node.queued() && node.fire_at <= now;
      forget(node);
      if (random() % 4 == 0) {
        timer_node& other = nodes[random() % nodes.size()];
        const bool was_queued = other.queued();
        if (was_queued)
          std::replace(left.begin(), left.end(), &other, static_cast<timer_node*>(nullptr));
        toggle(other);
      }
    });
    while (next < left.size() && left[next] == nullptr)
      ++next;
    REQUIRE(agree);
    REQUIRE(next == left.size());
  }
}
