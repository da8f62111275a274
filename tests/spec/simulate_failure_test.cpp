// What a failing simulation tells: the picture, the seed, the command, the shortest story.
#include "child.hpp"
#include "spec.hpp"

namespace {

struct ping {};
struct pong {};

bool has(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(spec::contains(text, part));
  return spec::contains(text, part);
}

template <class F>
std::string picture_of(F f, simulate_options options = {}) {
  options.explain = false;
  try {
    simulate(options, f);
  } catch (const simulation_failed& e) {
    return e.what();
  }
  return "it did not fail";
}

process two_first() {
  spawn([to = self()] { send(to, 1); });
  spawn([to = self()] { send(to, 2); });
  co_await sleep(5s);
  const int first = co_await receive<int>();
  if (first == 2)
    throw std::runtime_error("two first");
}

}  // namespace

TEST_CASE("deadlock: the picture shows who waits, where, for which types, and what lies unread") {
  const unsigned line = __LINE__ + 6;
  const std::string picture = picture_of([]() -> process {
    spawn(spawn_options{.name = "friend"}, []() -> process { co_await receive<double>(); });
    set_label("the lonely one");
    send(self(), ping{});
    send(self(), 3);
    co_await receive<pong, std::string>();
  });
  has(picture, "nothing can run");
  has(picture, "simulate_failure_test.cpp:" + std::to_string(line) + " for ");
  has(picture, "pong");
  has(picture, "string");
  has(picture, "2 unread");
  has(picture, "ping");
  has(picture, "int 3");
  has(picture, "friend");
  has(picture, "double");
  has(picture, "the lonely one");
}

TEST_CASE("livelock: the step limit, with the busiest processes") {
  const std::string spinning = picture_of(
      []() -> process {
        spawn(spawn_options{.name = "busy"}, []() -> process {
          while (true)
            co_await yield();
        });
        co_await receive<pong>();
      },
      {.step_limit = 10'000});
  has(spinning, "no end after 10000 steps");
  has(spinning, "busy");
  has(spinning, "reductions");
  const std::string ticking = picture_of(
      []() -> process {
        send_every(1ms, self(), ping{});
        co_await receive<pong>();
      },
      {.step_limit = 10'000});
  has(ticking, "no end after 10000 steps");
  has(ticking, "unread");
}

TEST_CASE("a failing seed is printed once with the command that replays it and the story of what happened") {
  if (spec::in_child()) {
    for_each_seed(1000, [](auto seed) { simulate(seed, two_first); });
    return;
  }
  const char* me = "a failing seed is printed once with the command that replays it and the story of what happened";
  const spec::child_result found = spec::run_child(me);
  CHECK(found.exit_status != 0);
  const auto at = found.output.find("BROOD_SEED=");
  REQUIRE(at != std::string::npos);
  CHECK(found.output.find("BROOD_SEED=", at + 1) == std::string::npos);
  has(found.output, "strategy ");
  has(found.output, "'" + std::string(me) + "'");  // the command line, quoted
  has(found.output, "two first");
  has(found.output, "with 1 of its");  // one choice matters: who of the two is first
  has(found.output, "takes int 2");
  has(found.output, "simulate_failure_test.cpp:");
  has(found.output, "5 s ");  // the virtual time

  const std::string seed = std::to_string(std::strtoull(found.output.c_str() + at + 11, nullptr, 10));
  const spec::child_result again = spec::run_child(me, {{"BROOD_SEED", seed}});
  CHECK(again.exit_status != 0);
  has(again.output, "BROOD_SEED=" + seed + " ");
  CHECK(again.output.substr(again.output.find("brood: what")) == found.output.substr(found.output.find("brood: what")));
}

TEST_CASE("BROOD_SEED is the one seed that runs") {
  if (spec::in_child()) {
    std::vector<std::uint64_t> seeds;
    for_each_seed(1000, [&](auto seed) { seeds.push_back(seed); });
    CHECK(seeds == std::vector<std::uint64_t>{4711});
    return;
  }
  CHECK(spec::run_child("BROOD_SEED is the one seed that runs", {{"BROOD_SEED", "4711"}}).exit_status == 0);
  const spec::child_result wrong = spec::run_child("BROOD_SEED is the one seed that runs", {{"BROOD_SEED", "many"}});
  CHECK(wrong.exit_status != 0);
  has(wrong.output, "BROOD_SEED=many is no seed");
}

TEST_CASE("telling the story neither runs the test again nor counts its assertions again") {
  static int runs = 0;
  if (spec::in_child()) {
    runs = 0;
    CHECK_THROWS_WITH(simulate({.seed = 3},
                               []() -> process {
                                 ++runs;
                                 co_await yield();
                                 throw std::runtime_error("always");
                               }),
                      "always");
    CHECK(runs == 1);
    return;
  }
  const spec::child_result r = spec::run_child("telling the story neither runs the test again nor counts its assertions again");
  CHECK(r.exit_status == 0);
  has(r.output, "with 0 of its");
  has(r.output, "seed 3");
}

TEST_CASE("a failure that does not come back is told as that") {
  if (spec::in_child()) {
    static bool first = true;
    simulate([] {
      if (std::exchange(first, false))
        throw std::runtime_error("only once");
    });
    return;
  }
  const spec::child_result r = spec::run_child("a failure that does not come back is told as that");
  CHECK(r.exit_status != 0);
  has(r.output, "did not fail the same way");
  has(r.output, "BROOD_SEED=1");
}

TEST_CASE("an exhaustive search names the schedule and tells its story") {
  if (spec::in_child()) {
    simulate({.strategy = simulate_strategy::exhaustive, .bound = 2}, two_first);
    return;
  }
  const spec::child_result r = spec::run_child("an exhaustive search names the schedule and tells its story");
  CHECK(r.exit_status != 0);
  has(r.output, "of an exhaustive search with at most 2 exceptions");
  has(r.output, "takes int 2");
}

TEST_CASE("the first process's exception is thrown, not reported; a child's is reported") {
  const spec::collected_reports reports;
  CHECK_THROWS_AS(simulate({.explain = false}, [] { throw std::runtime_error("mine"); }), std::runtime_error);
  CHECK(reports.all().empty());
  simulate([]() -> process {
    auto [child, watch] = spawn_monitor([] { throw std::runtime_error("its"); });
    co_await receive<down>(watch);
  });
  REQUIRE(reports.all().size() == 1);
  CHECK(spec::contains(reports.all()[0].text, "its"));
}
