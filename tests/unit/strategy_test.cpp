// What supervisors decide, as tables. semantics.md 3.11
#include "catch.hpp"

#include "otp/restart_intensity.hpp"
#include "otp/strategy.hpp"

#include <brood/child_spec.hpp>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;
using namespace brood::detail;

namespace {

// Children a, b, c … in start order, one letter each: lower case runs, upper case does not; "!" behind one: temporary.
struct family {
  std::string names;
  std::vector<sibling> siblings;
  explicit family(const std::string& text) {
    for (const char c : text)
      if (c == '!') {
        siblings.back().temporary = true;
      } else {
        names += static_cast<char>(std::tolower(c));
        siblings.push_back({.running = std::islower(c) != 0, .temporary = false});
      }
  }
};

// What a supervisor does when `dead` has died: "stop c a, forget b, start a c".
std::string reaction(restart_strategy strategy, const std::string& text, char dead) {
  family all(text);
  const std::size_t at = all.names.find(dead);
  all.siblings[at].running = false;
  const auto [earlier, later] = reach_of(strategy);
  const std::size_t from = earlier ? 0 : at;
  const std::size_t to = later ? all.siblings.size() : at + 1;
  const restart_plan plan = plan_restart(std::span(all.siblings).subspan(from, to - from));
  std::string did;
  const auto note = [&](const char* what, const std::vector<std::size_t>& places) {
    if (places.empty())
      return;
    did += (did.empty() ? "" : ", ") + std::string(what);
    for (const std::size_t p : places)
      did += std::string(" ") + all.names[from + p];
  };
  note("stop", plan.stop);
  note("forget", plan.forget);
  note("start", plan.start);
  return did;
}

struct custom {
  bool operator==(const custom&) const = default;
};

child_spec some_child(std::string id = "a") {
  return child(std::move(id), [] {});
}

}  // namespace

TEST_CASE("V4 who is stopped and who is started, in which order") {
  struct row {
    restart_strategy strategy;
    const char* children;
    char dead;
    const char* expected;
  };
  const row table[] = {
      {one_for_one, "abc", 'b', "start b"},
      {one_for_one, "a", 'a', "start a"},
      {one_for_one, "aBc", 'a', "start a"},
      {restart_strategy::dynamic, "abc", 'c', "start c"},
      {one_for_all, "abc", 'a', "stop c b, start a b c"},
      {one_for_all, "abc", 'b', "stop c a, start a b c"},
      {one_for_all, "abc", 'c', "stop b a, start a b c"},
      {one_for_all, "a", 'a', "start a"},
      {one_for_all, "aBc", 'c', "stop a, start a b c"},             // a stopped sibling is started with the rest
      {one_for_all, "ab!c", 'a', "stop c b, forget b, start a c"},  // a temporary bystander is stopped and gone
      {one_for_all, "a!b!c", 'c', "stop b a, forget a b, start c"},
      {rest_for_one, "abc", 'a', "stop c b, start a b c"},
      {rest_for_one, "abc", 'b', "stop c, start b c"},
      {rest_for_one, "abc", 'c', "start c"},
      {rest_for_one, "abcd!e", 'c', "stop e d, forget d, start c e"},
      {rest_for_one, "a!bCd", 'b', "stop d, start b c d"},
  };
  for (const row& r : table) {
    INFO("children " << r.children << ", " << r.dead << " died, strategy " << static_cast<int>(r.strategy));
    CHECK(reaction(r.strategy, r.children, r.dead) == r.expected);
  }
}

TEST_CASE("V3 which ends are followed by a restart") {
  const exit_reason crash = exit_reason_access::from_exception(std::make_exception_ptr(std::runtime_error("oops")));
  struct row {
    exit_reason why;
    bool permanent, transient, temporary;
  };
  const row table[] = {
      {reason::normal, true, false, false},
      {reason::shutdown, true, false, false},
      {reason::shutdown_with(custom{}), true, false, false},
      {reason::shutdown_with(3), true, false, false},
      {reason::kill, true, true, false},
      {reason::killed, true, true, false},
      {reason::noproc, true, true, false},
      {exit_reason("shutdown"), true, true, false},  // a text is no atom
      {exit_reason(custom{}), true, true, false},
      {crash, true, true, false},
  };
  for (const row& r : table) {
    INFO(to_string(r.why));
    CHECK(starts_again(restart_type::permanent, r.why) == r.permanent);
    CHECK(starts_again(restart_type::transient, r.why) == r.transient);
    CHECK(starts_again(restart_type::temporary, r.why) == r.temporary);
    CHECK(ended_orderly(r.why) == !r.transient);
  }
}

TEST_CASE("V2 how long a child may take to end") {
  const auto terms = [](const child_spec& spec) { return child_spec_access::terms(spec); };
  const auto limit = [&](const child_spec& spec, bool supervises) { return stop_terms_of(terms(spec), supervises).limit; };
  CHECK(limit(some_child(), false) == 5s);
  CHECK(limit(some_child(), true) == infinity);
  CHECK(limit(some_child().shutdown(2s), false) == 2s);
  CHECK(limit(some_child().shutdown(2s), true) == 2s);
  CHECK(limit(some_child().shutdown(infinity), false) == infinity);
  CHECK(limit(some_child().shutdown(0s), false) == 0s);
  CHECK_FALSE(stop_terms_of(terms(some_child().shutdown(0s)), false).kill_at_once);
  CHECK(stop_terms_of(terms(some_child().brutal_kill()), false).kill_at_once);
  CHECK(stop_terms_of(terms(some_child().brutal_kill()), true).kill_at_once);
  CHECK_FALSE(stop_terms_of(terms(some_child().brutal_kill().shutdown(1s)), false).kill_at_once);  // the last word counts
  CHECK_THROWS_AS(some_child().shutdown(-1s), std::invalid_argument);
}

TEST_CASE("V9 whose end ends the supervisor") {
  using enum auto_shutdown;
  CHECK_FALSE(shuts_down(never, true, 0));
  CHECK_FALSE(shuts_down(any_significant, false, 0));
  CHECK(shuts_down(any_significant, true, 0));
  CHECK(shuts_down(any_significant, true, 7));
  CHECK_FALSE(shuts_down(all_significant, true, 1));
  CHECK(shuts_down(all_significant, true, 0));
  CHECK_FALSE(shuts_down(all_significant, false, 0));
}

TEST_CASE("V9 specs that contradict their supervisor are refused") {
  const auto accepted = [](supervisor_options options, const child_spec& spec) {
    try {
      check_spec(options, spec);
      return true;
    } catch (const std::invalid_argument&) {
      return false;
    }
  };
  const supervisor_options any{.stops_when = auto_shutdown::any_significant};
  const supervisor_options all{.stops_when = auto_shutdown::all_significant};
  CHECK(accepted({}, some_child()));
  CHECK(accepted({}, some_child().significant(false)));
  CHECK_FALSE(accepted({}, some_child().transient().significant()));
  CHECK_FALSE(accepted(any, some_child().significant()));
  CHECK_FALSE(accepted(all, some_child().significant().permanent()));
  CHECK(accepted(any, some_child().significant().transient()));
  CHECK(accepted(all, some_child().temporary().significant()));
  CHECK_FALSE(accepted({}, child([] {})));
  CHECK_FALSE(accepted({.strategy = one_for_all}, some_child("")));
  CHECK(accepted({.strategy = restart_strategy::dynamic}, child([] {})));
  CHECK(accepted({.strategy = restart_strategy::dynamic}, some_child()));
  CHECK_THROWS_AS(check_options({.restarts = -1}), std::invalid_argument);
  CHECK_THROWS_AS(check_options({.within = -1s}), std::invalid_argument);
  CHECK_NOTHROW(check_options({.restarts = 0, .within = 0s}));
}

TEST_CASE("V5 intensity: more than so many within so long, exactly") {
  struct row {
    int most;
    time_limit within;
    std::vector<int> at;  // milliseconds
    int allowed;          // how many of them, in a row
  };
  const row table[] = {
      {0, 5s, {0}, 0},
      {0, 5s, {100000}, 0},
      {1, 5s, {0, 0}, 1},
      {1, 5s, {0, 5000}, 1},  // exactly so far apart is within
      {1, 5s, {0, 5001}, 2},
      {1, 1s, {0, 1001, 2002, 3003}, 4},
      {1, 1s, {0, 1001, 2000}, 2},
      {3, 5s, {0, 0, 0, 0}, 3},
      {3, 5s, {0, 1000, 2000, 5000}, 3},
      {3, 5s, {0, 1000, 2000, 5001, 6001, 7002}, 6},
      {3, 5s, {0, 1000, 2000, 5001, 6000}, 4},
      {2, 0s, {0, 1, 1, 1}, 3},
      {2, infinity, {0, 1000000, 2000000}, 2},
  };
  for (const row& r : table) {
    restart_intensity intensity(r.most, r.within);
    int allowed = 0;
    for (const int at : r.at) {
      if (!intensity.allows(process_clock::time_point(std::chrono::milliseconds(at))))
        break;
      ++allowed;
    }
    INFO(r.most << " within " << r.within.count() << " ns");
    CHECK(allowed == r.allowed);
  }
}

TEST_CASE("V5 intensity counts what is in the window only, and forgets the rest") {
  restart_intensity intensity(1000000, 10ms);
  for (int i = 0; i < 100000; ++i) {
    CHECK(intensity.allows(process_clock::time_point(std::chrono::milliseconds(i))));
    CHECK(intensity.lately() == static_cast<std::size_t>(std::min(i, 10) + 1));
  }
}
