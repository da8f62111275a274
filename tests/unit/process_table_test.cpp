// Which slot of the process table is used next.
#include "catch.hpp"

#include "process/process_table.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <set>
#include <vector>

#include <sys/resource.h>

using namespace brood::detail;

namespace {

// A table of its own, in use while this lives.
struct table_in_use {
  explicit table_in_use(std::uint32_t room) : table(room), before(process_table::use(&table)) {}
  ~table_in_use() { process_table::use(before); }
  process_table table;
  process_table* const before;
};

std::vector<process_control*> take(slot_cache& from, std::size_t n) {
  std::vector<process_control*> all;
  while (all.size() < n)
    all.push_back(from.take());
  return all;
}

}  // namespace

TEST_CASE("slots: a chain is first in, first out, and can be appended to another") {
  process_table table(64);
  slot_chain a, b;
  CHECK(a.empty());
  a.append(b);
  CHECK(a.empty());
  for (std::uint32_t i = 1; i <= 3; ++i)
    a.push(table.at(i));
  for (std::uint32_t i = 4; i <= 5; ++i)
    b.push(table.at(i));
  a.append(b);
  a.append({});
  CHECK(a.size() == 5);
  a.push(table.at(6));
  for (std::uint32_t i = 1; i <= 6; ++i)
    CHECK(a.pop() == table.at(i));
  CHECK(a.empty());
  a.push(table.at(7));
  CHECK(a.pop() == table.at(7));
}

TEST_CASE("slots: chains on a stack come back whole, the last first") {
  process_table table(64);
  chain_stack stack;
  CHECK(stack.pop().empty());
  for (std::uint32_t first : {1u, 10u}) {
    slot_chain c;
    for (std::uint32_t i = 0; i < 3; ++i)
      c.push(table.at(first + i));
    stack.push(c);
  }
  for (std::uint32_t first : {10u, 1u}) {
    slot_chain c = stack.pop();
    REQUIRE(c.size() == 3);
    c.push(table.at(20));
    for (std::uint32_t i : {first, first + 1, first + 2, 20u})
      CHECK(c.pop() == table.at(i));
  }
  CHECK(stack.pop().empty());
}

TEST_CASE("slots: fresh ones first, then the one that was freed longest ago, after as many others as it has to cool down") {
  table_in_use in_use(1000);
  slot_cache cache(3);
  const auto first = take(cache, 999);
  CHECK(std::set(first.begin(), first.end()).size() == 999);
  CHECK(cache.take() == nullptr);  // full
  for (std::size_t i = 0; i < 5; ++i)
    cache.put(first[i]);
  CHECK(cache.take() == first[0]);
  CHECK(cache.take() == first[1]);
  // As long as nothing else is left, even one that has not cooled down.
  for (std::size_t i = 2; i < 5; ++i)
    CHECK(cache.take() == first[i]);
  CHECK(cache.take() == nullptr);
}

TEST_CASE("slots: what a cache has too many of, and what it has at its end, others get") {
  constexpr std::size_t many = 10'000;
  table_in_use in_use(many + 1);
  slot_cache one(256), other(256);
  const auto all = take(one, many);
  for (process_control* p : all)
    one.put(p);
  std::set<process_control*> seen;
  for (process_control* p : take(other, many / 2))  // one has given the oldest away
    CHECK(seen.insert(p).second);
  one.flush();
  for (process_control* p : take(other, many - many / 2))
    CHECK(seen.insert(p).second);
  CHECK(seen == std::set(all.begin(), all.end()));
  CHECK(other.take() == nullptr);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

#ifndef SANITIZED  // sanitizers map more than the limit allows
TEST_CASE("a table was refused where memory that may be written is counted whether it is used or not") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_DATA, &before) == 0);
  rlimit tight = before;
  tight.rlim_cur = std::size_t{1} << 30;  // Linux counts writable mappings here, as vm.overcommit_memory=2 does for all
  REQUIRE(setrlimit(RLIMIT_DATA, &tight) == 0);
  std::uint32_t first = 0, n = 0;
  bool made = false;
  try {
    process_table table;
    made = true;
    for (int i = 0; i < 1000; ++i)
      n += table.carve(first, process_table::batch);
  } catch (const std::exception&) {}
  setrlimit(RLIMIT_DATA, &before);
  CHECK(made);
  CHECK(n == 1000 * process_table::batch);
}
#endif
