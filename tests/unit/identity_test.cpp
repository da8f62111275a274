#include "catch.hpp"

#include <brood/fmt.hpp>
#include <brood/pid.hpp>

#include <set>
#include <sstream>
#include <type_traits>
#include <unordered_set>

using namespace brood;
using brood::detail::id_access;

namespace {

template <class T>
std::string streamed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

template <class T, class U>
concept comparable_with = requires(T t, U u) { t == u; };

}  // namespace

static_assert(sizeof(pid) == 8 && sizeof(ref) == 16);
static_assert(std::is_trivially_copyable_v<pid> && std::is_trivially_copyable_v<monitor_ref>);
static_assert(std::regular<pid> && std::regular<ref> && std::regular<monitor_ref> && std::regular<timer_ref>);
static_assert(std::totally_ordered<pid> && std::totally_ordered<ref>);
static_assert(!std::convertible_to<pid, bool> && !std::convertible_to<std::uint64_t, pid>);
static_assert(!std::convertible_to<ref, monitor_ref> && !std::constructible_from<timer_ref, ref>);
static_assert(!comparable_with<ref, monitor_ref> && !comparable_with<ref, timer_ref>);
static_assert(!std::constructible_from<ref, std::uint64_t, pid>);

TEST_CASE("A default-constructed identity is nobody and tests false") {
  CHECK(!pid());
  CHECK(!ref());
  CHECK(!monitor_ref());
  CHECK(!timer_ref());
  CHECK(pid() == pid::from_bits(0));
  CHECK(id_access::make_pid(60, 0));
}

TEST_CASE("A pid is its index and its serial") {
  constexpr pid who = id_access::make_pid(60, 7);
  CHECK(id_access::index(who) == 60);
  CHECK(id_access::serial(who) == 7);
  CHECK(pid::from_bits(who.bits()) == who);
  CHECK(id_access::make_pid(60, 8) != who);
  CHECK(id_access::make_pid((1U << 28) - 1, (std::uint64_t{1} << 36) - 1).bits() == ~std::uint64_t{0});
}

TEST_CASE("A ref knows its number and its owner") {
  constexpr pid owner = id_access::make_pid(60, 0);
  constexpr monitor_ref monitor = id_access::make_monitor_ref(82, owner);
  CHECK(id_access::number(monitor) == 82);
  CHECK(id_access::owner(monitor) == owner);
  CHECK(monitor == id_access::make_monitor_ref(82, owner));
  CHECK(monitor < id_access::make_monitor_ref(83, owner));
}

TEST_CASE("Identities print as Elixir's inspect prints them") {
  const pid owner = id_access::make_pid(60, 0);
  const std::uint64_t number = (3U << 18) + 82;
  CHECK(to_string(owner) == "#PID<0.60.0>");
  CHECK(streamed(id_access::make_pid(60, 4)) == "#PID<0.60.4>");
  CHECK(streamed(id_access::make_ref(number, owner)) == "#Reference<0.0.3.82>");
  CHECK(streamed(id_access::make_monitor_ref(82, owner)) == "#Reference<0.0.0.82>");
  CHECK(streamed(id_access::make_timer_ref(number, owner)) == "#Reference<0.0.3.82>");
  CHECK(fmt::format("{} {}", owner, id_access::make_ref(number, owner)) == "#PID<0.60.0> #Reference<0.0.3.82>");
  CHECK(fmt::format("[{:>14}] [{:-<14}]", owner, owner) == "[  #PID<0.60.0>] [#PID<0.60.0>--]");
}

TEST_CASE("Neighbouring identities spread over the buckets of a hash table, low and high bits alike") {
  std::unordered_set<pid> pids;
  std::unordered_set<ref> refs;
  std::set<std::size_t> low, high;
  for (std::uint64_t i = 1; i <= 4096; ++i) {
    const pid who = id_access::make_pid(5, i);  // one slot, many tenants: only high bits differ
    pids.insert(who);
    refs.insert(id_access::make_ref(i, who));
    low.insert(std::hash<pid>()(who) & 4095);
    high.insert(std::hash<ref>()(id_access::make_ref(i, who)) >> 52);
  }
  CHECK(pids.size() == 4096);
  CHECK(refs.size() == 4096);
  CHECK(low.size() > 2400);  // of a random function: 4096 (1 - 1/e) = 2589
  CHECK(high.size() > 2400);
}
