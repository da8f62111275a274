// The children of a supervisor: order, ids, pids, against the plainest model.
#include "catch.hpp"

#include "otp/child_table.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace brood;
using namespace brood::detail;

namespace {

child_spec some_child(std::string id) {
  return child(std::move(id), [] {});
}

std::vector<std::string> ids_in_order(const child_table& table) {
  std::vector<std::string> ids;
  for (place p = table.first(); p != nowhere; p = table[p].next)
    ids.push_back(child_spec_access::id(table[p].spec));
  return ids;
}

}  // namespace

TEST_CASE("A place index finds what was put in through any churn") {
  std::mt19937 random(1);
  std::vector<std::size_t> keys(1000);
  for (std::size_t& k : keys)
    k = random() % 300;  // many of one hash
  const auto hash_of = [&](place p) { return keys[p]; };
  place_index index;
  std::vector<bool> in(keys.size());
  for (int round = 0; round < 20000; ++round) {
    const auto p = static_cast<place>(random() % keys.size());
    if (in[p])
      index.erase(p, hash_of);
    else
      index.insert(p, hash_of);
    in[p] = !in[p];
    const auto q = static_cast<place>(random() % keys.size());
    REQUIRE(index.find(keys[q], [&](place found) { return found == q; }) == (in[q] ? q : nowhere));
  }
}

TEST_CASE("Children keep their start order while others come and go") {
  std::mt19937 random(2);
  child_table table(true);
  std::vector<std::string> model;
  for (int round = 0; round < 5000; ++round) {
    const std::string id = std::to_string(random() % 50);
    const auto at = std::find(model.begin(), model.end(), id);
    const place p = table.find(id);
    REQUIRE((p == nowhere) == (at == model.end()));
    if (p == nowhere) {
      table.add(some_child(id));
      model.push_back(id);
    } else {
      table.remove(p);
      model.erase(at);
    }
    REQUIRE(table.size() == model.size());
    REQUIRE(ids_in_order(table) == model);
  }
}

TEST_CASE("A child is found by its pid while it runs") {
  child_table table(true);
  const place a = table.add(some_child("a"));
  const place b = table.add(some_child("b"));
  const pid first = id_access::make_pid(1, 1), second = id_access::make_pid(1, 2);
  table.now_running(a, first);
  CHECK(table.find(first) == a);
  CHECK(table.find(second) == nowhere);
  CHECK(table.find(pid()) == nowhere);
  table.now_stopped(a);
  CHECK(table.find(first) == nowhere);
  CHECK(table[a].state == child_state::stopped);
  table.now_running(b, second);
  table.now_restarting(b, second);
  CHECK(table.find(second) == nowhere);
  CHECK(table.find_restarting(second) == b);
  CHECK(table.find_restarting(first) == nowhere);
  CHECK(table.find_restarting(pid()) == nowhere);
  CHECK(table[b].state == child_state::restarting);
  CHECK(table.running() == 0);
  table.now_running(b, first);
  CHECK(table.find_restarting(second) == nowhere);
  table.now_stopped(b);
  table.now_restarting(b, first);
  table.remove(b);
  CHECK(table.find_restarting(first) == nowhere);
}

TEST_CASE("A removed child's function is let go at once") {
  child_table table(false);
  auto held = std::make_shared<int>(1);
  const place p = table.add(child([held] {}));
  CHECK(held.use_count() == 2);
  table.remove(p);
  CHECK(held.use_count() == 1);
}

TEST_CASE("Significant children count from their first start until they retire") {
  child_table table(true);
  const place a = table.add(some_child("a").transient().significant());
  const place b = table.add(some_child("b"));
  const place c = table.add(some_child("c").temporary().significant());
  CHECK(table.significant_left() == 0);
  table.now_running(a, id_access::make_pid(1, 1));
  table.now_running(b, id_access::make_pid(2, 1));
  table.now_running(c, id_access::make_pid(3, 1));
  CHECK(table.significant_left() == 2);
  table.now_stopped(a);  // to be restarted
  table.now_restarting(a, pid());
  CHECK(table.significant_left() == 2);
  table.now_running(a, id_access::make_pid(1, 2));
  CHECK(table.significant_left() == 2);
  table.now_retired(a);
  CHECK(table.significant_left() == 1);
  table.now_retired(a);
  table.now_stopped(c);
  table.remove(c);
  CHECK(table.significant_left() == 0);
  CHECK(table.running() == 1);
}

TEST_CASE("A place's version changes with every change of its child") {
  child_table table(true);
  const place a = table.add(some_child("a"));
  std::vector<std::uint32_t> versions{table[a].version};
  const auto changed = [&] {
    versions.push_back(table[a].version);
    return versions.back() != versions[versions.size() - 2];
  };
  table.now_running(a, id_access::make_pid(1, 1));
  CHECK(changed());
  table.now_stopped(a);
  CHECK(changed());
  table.now_restarting(a, pid());
  CHECK(changed());
  table.now_retired(a);
  CHECK(changed());
  table.remove(a);
  CHECK(changed());
  CHECK(table.add(some_child("b")) == a);
  CHECK(changed());
}
