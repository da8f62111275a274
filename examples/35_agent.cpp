// An agent: a value behind a process, for state that needs no protocol. Functions run inside it, one at a time.
//
// Output:
// "be" has come 2 times
// 2 words have come only once
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <string>

using namespace brood;

using counts = std::map<std::string, int>;

process client() {
  auto words = *co_await agent<counts>::start_link({});
  for (std::string word : {"to", "be", "or", "not", "to"})
    words.cast([word](counts& c) { ++c[word]; });
  int be = co_await words.get_and_update([](counts& c) { return ++c["be"]; });
  fmt::print("\"be\" has come {} times\n", be);
  auto once = co_await words.get([](const counts& c) { return std::ranges::count(c, 1, &counts::value_type::second); });
  fmt::print("{} words have come only once\n", once);
}

int main() { return run(client); }
