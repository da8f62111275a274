// Groups against the plainest model: members in the order of joining, however many holes their row has had.
#include "catch.hpp"

#include "process/group_table.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace brood;
using namespace brood::detail;

namespace {

pid numbered(std::uint64_t n) { return pid::from_bits((n + 1) << 28 | (n + 1)); }

std::vector<pid> members(const group_table& table, const std::string& name) {
  const group_table::group* g = table.find(name);
  return g ? group_table::members_of(*g) : std::vector<pid>();
}

}  // namespace

TEST_CASE("groups: joining, leaving and dying in any order leave the members in the order of joining") {
  std::mt19937 random(7);
  group_table table;
  std::map<std::string, std::vector<pid>> expected;
  for (int step = 0; step < 20'000; ++step) {
    const std::string name(1, static_cast<char>('a' + random() % 3));
    const pid who = numbered(random() % 40);
    std::vector<pid>& in = expected[name];
    const auto oldest = std::find(in.begin(), in.end(), who);
    switch (random() % 8) {
      case 0:
        table.forget(who, [&](const std::string& left, const group_table::group&, std::size_t times) {
          CHECK(times == std::erase(expected[left], who));
        });
        for (const auto& [group, all] : expected)
          CHECK(std::count(all.begin(), all.end(), who) == 0);
        break;
      case 1:
      case 2:
      case 3:
        CHECK(table.leave(name, who) == (oldest != in.end()));
        if (oldest != in.end())
          in.erase(oldest);
        break;
      case 4:
        table.join(name, who);
        table.leave_again(name, who);
        break;
      default:
        table.join(name, who);
        in.push_back(who);
    }
    if (members(table, name) != in)
      FAIL("step " << step);
  }
  for (int n = 0; n < 40; ++n)
    table.forget(numbered(static_cast<std::uint64_t>(n)), [](const std::string&, const group_table::group&, std::size_t) {});
  CHECK(table.groups().empty());
}

TEST_CASE("groups: watches keep a group, and end by number or with their process") {
  group_table table;
  table.watch("g", numbered(1), 10);
  table.watch("g", numbered(1), 11);
  table.watch("g", numbered(2), 12);
  CHECK_FALSE(table.unwatch(numbered(2), 10));
  CHECK(table.unwatch(numbered(1), 10));
  CHECK_FALSE(table.unwatch(numbered(1), 10));
  CHECK(table.find("g")->watchers == std::map<std::uint64_t, pid>{{11, numbered(1)}, {12, numbered(2)}});
  table.forget(numbered(1), [](const std::string&, const group_table::group&, std::size_t) { FAIL("it was no member"); });
  CHECK(table.unwatch(numbered(2), 12));
  CHECK(table.find("g") == nullptr);
}
