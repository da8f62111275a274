// pid, ref, monitor_ref, timer_ref: regular values.
#include "spec.hpp"

#include <compare>
#include <concepts>
#include <cstdlib>
#include <map>
#include <unordered_set>

namespace {

template <class T>
void regular_value() {
  static_assert(std::regular<T>);
  static_assert(std::three_way_comparable<T>);
  static_assert(std::is_constructible_v<bool, T>);
  static_assert(!std::is_convertible_v<T, int>);
  CHECK_FALSE(T{});
  CHECK(T{} == T{});
  CHECK(std::hash<T>{}(T{}) == std::hash<T>{}(T{}));
}

// "#PID<0.60.0>" -> {0, 60, 0}; empty when it is not of that shape.
std::vector<long> numbers_in(const std::string& text, const std::string& prefix) {
  std::vector<long> found;
  if (!spec::starts_with(text, prefix) || !spec::ends_with(text, ">"))
    return found;
  const char* at = text.c_str() + prefix.size();
  while (true) {
    char* end = nullptr;
    found.push_back(std::strtol(at, &end, 10));
    if (end == at)
      return {};
    if (*end != '.')
      return *end == '>' ? found : std::vector<long>{};
    at = end + 1;
  }
}

}  // namespace

TEST_CASE("pid, ref, monitor_ref and timer_ref are regular values; the default one is nobody and tests false") {
  regular_value<pid>();
  regular_value<ref>();
  regular_value<monitor_ref>();
  regular_value<timer_ref>();
}

TEST_CASE("pids are equal to themselves, differ from others, have an order and a hash") {
  spec::in_process([]() -> process {
    std::map<pid, int> ordered;
    std::unordered_set<pid> hashed;
    for (int i = 0; i < 100; ++i) {
      const pid p = spawn(spec::idle);
      REQUIRE(p);
      ordered[p] = i;
      hashed.insert(p);
    }
    CHECK(ordered.size() == 100);
    CHECK(hashed.size() == 100);
    CHECK(self() == self());
    CHECK(self() != pid{});
    co_return;
  });
}

TEST_CASE("a pid prints as #PID<node.number.serial>, 0 being the local node") {
  spec::in_process([]() -> process {
    const std::vector<long> parts = numbers_in(spec::text_of(self()), "#PID<");
    REQUIRE(parts.size() == 3);
    CHECK(parts[0] == 0);
    const pid other = spawn(spec::idle);
    CHECK(spec::text_of(other) != spec::text_of(self()));
    co_return;
  });
}

TEST_CASE("references print as #Reference<0.a.b.c>, and differ") {
  spec::in_process([]() -> process {
    const std::string first = spec::text_of(make_ref()), second = spec::text_of(make_ref());
    CHECK(first != second);
    const std::vector<long> parts = numbers_in(first, "#Reference<");
    REQUIRE(parts.size() == 4);
    CHECK(parts[0] == 0);
    CHECK(numbers_in(spec::text_of(monitor(pid{})), "#Reference<").size() == 4);
    co_return;
  });
}

TEST_CASE("references survive a journey in a message") {
  spec::in_process([]() -> process {
    const ref tag = make_ref();
    const pid echo = spawn([to = self()]() -> process { send(to, co_await receive<ref>()); });
    send(echo, tag);
    const ref back = co_await receive<ref>();
    CHECK(back == tag);
    CHECK(std::hash<ref>{}(back) == std::hash<ref>{}(tag));
  });
}
