#include "catch.hpp"

#include <brood/errors.hpp>
#include <brood/exit_reason.hpp>
#include <brood/fmt.hpp>

#include <atomic>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace brood;
using brood::detail::exit_reason_access;

namespace {

struct bad_config {
  int line;
  bool operator==(const bad_config&) const = default;
};
std::string describe(const bad_config& b) { return "bad config, line " + std::to_string(b.line); }

struct throws_on_copy {
  throws_on_copy() = default;
  throws_on_copy(const throws_on_copy&) { throw std::runtime_error("copied"); }
  throws_on_copy(throws_on_copy&&) noexcept {}
  bool operator==(const throws_on_copy&) const { return true; }
};

struct counted {
  static inline std::atomic<int> alive{0};
  counted() { ++alive; }
  counted(const counted&) { ++alive; }
  ~counted() { --alive; }
  bool operator==(const counted&) const { return true; }
};

struct virtual_left : virtual std::exception {};
struct not_virtual : std::exception {};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winaccessible-base"
struct two_bases : virtual_left, not_virtual {};  // converts to std::exception in two ways: no handler of it takes this
#pragma GCC diagnostic pop

template <class E>
exit_reason error(E e, std::string origin = {}) {
  return exit_reason_access::from_exception(std::make_exception_ptr(std::move(e)), std::move(origin));
}

}  // namespace

static_assert(sizeof(exit_reason) == sizeof(void*));
static_assert(std::is_nothrow_copy_constructible_v<exit_reason> && std::is_nothrow_move_constructible_v<exit_reason>);
static_assert(std::is_nothrow_copy_assignable_v<exit_reason> && std::is_nothrow_move_assignable_v<exit_reason>);
static_assert(!std::convertible_to<int, exit_reason> && !std::convertible_to<const char*, exit_reason>);
static_assert(reason::normal == exit_reason() && reason::kill != reason::killed);

TEST_CASE("Atoms print as Elixir's and differ from one another") {
  const exit_reason atoms[] = {reason::normal,       reason::kill,    reason::killed,   reason::shutdown,    reason::noproc,
                               reason::noconnection, reason::timeout, reason::overload, reason::calling_self};
  std::string all;
  for (const exit_reason& a : atoms) {
    all += to_string(a) + ' ';
    CHECK(a.what() == to_string(a));
    CHECK_FALSE(a.is_error());
    for (const exit_reason& b : atoms)
      CHECK((a == b) == (&a == &b));
  }
  CHECK(all == ":normal :kill :killed :shutdown :noproc :noconnection :timeout :overload :calling_self ");
  CHECK(exit_reason() == reason::normal);
}

TEST_CASE("Any copyable, comparable value is a reason, and can be read back") {
  const exit_reason why(bad_config{3});
  CHECK(why.get_if<bad_config>()->line == 3);
  CHECK(why.get_if<int>() == nullptr);
  CHECK(why == exit_reason(bad_config{3}));
  CHECK(why != exit_reason(bad_config{4}));
  CHECK(exit_reason(3) != exit_reason(3L));
  CHECK(reason::normal.get_if<int>() == nullptr);
  CHECK(to_string(why) == "bad config, line 3");
  CHECK(to_string(exit_reason(42)) == "42");
  CHECK_FALSE(why.is_shutdown());
}

TEST_CASE("Texts are kept as std::string, whatever they come as") {
  std::string text = "text";
  char array[] = "text";
  const char* pointer = array;
  for (const exit_reason& why :
       {exit_reason("text"), exit_reason(text), exit_reason(std::string_view(text)), exit_reason(array), exit_reason(pointer)}) {
    CHECK(*why.get_if<std::string>() == "text");
    CHECK(to_string(why) == R"("text")");
  }
  CHECK(*reason::shutdown_with("text").get_if<std::string>() == "text");
}

TEST_CASE("A text is never the atom of that name") {
  CHECK(exit_reason("kill") != reason::kill);
  CHECK(exit_reason("normal") != reason::normal);
  CHECK_FALSE(exit_reason("shutdown").is_shutdown());
}

TEST_CASE("shutdown and shutdown_with are shutdowns; the value is read through it") {
  const exit_reason why = reason::shutdown_with(3);
  CHECK(reason::shutdown.is_shutdown());
  CHECK(why.is_shutdown());
  CHECK(*why.get_if<int>() == 3);
  CHECK(why == reason::shutdown_with(3));
  CHECK(why != reason::shutdown_with(4));
  CHECK(why != exit_reason(3));
  CHECK(why != reason::shutdown);
  CHECK(to_string(why) == "{:shutdown, 3}");
  CHECK(to_string(reason::shutdown_with(reason::timeout)) == "{:shutdown, :timeout}");
  CHECK(*reason::shutdown_with(reason::timeout).get_if<exit_reason>() == reason::timeout);
}

TEST_CASE("Values are shared, never copied, and destroyed once") {
  const exit_reason fragile{throws_on_copy()};
  std::vector<exit_reason> many(100, fragile);
  many[3] = many[4];
  CHECK(many[3].get_if<throws_on_copy>() == fragile.get_if<throws_on_copy>());

  {
    exit_reason a{counted()};
    CHECK(counted::alive == 1);
    exit_reason b = a;
    const exit_reason c = std::move(a);
    CHECK(a == reason::normal);  // NOLINT: a moved-from reason is normal
    b = reason::kill;
    CHECK(counted::alive == 1);
    exit_reason& alias = b = c;
    alias = b;
    CHECK(b == c);
  }
  CHECK(counted::alive == 0);
}

TEST_CASE("A value whose copy throws leaves nothing behind") {
  const throws_on_copy original;
  CHECK_THROWS_AS(exit_reason(original), std::runtime_error);
  CHECK_THROWS_AS(reason::shutdown_with(original), std::runtime_error);
}

TEST_CASE("Threads may copy and drop one reason at the same time") {
  {
    const exit_reason shared{counted()};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([shared] {
        for (int i = 0; i < 1000; ++i) {
          exit_reason mine = shared;
          if (!(mine == shared))
            std::abort();
        }
      });
  }
  CHECK(counted::alive == 0);
}

TEST_CASE("An exception's reason prints its dynamic type and text") {
  const exit_reason why = error(std::runtime_error("oops"));
  CHECK(why.is_error());
  CHECK_FALSE(why.is_shutdown());
  CHECK(to_string(why) == "** (std::runtime_error) oops");
  CHECK(why.what() == "oops");
  CHECK(why.get_if<std::runtime_error>() == nullptr);
  CHECK_THROWS_AS(std::rethrow_exception(why.exception()), std::runtime_error);
  CHECK(error(noproc_error("gone")).what() == "brood: gone");
  CHECK(to_string(error(noproc_error("gone"))) == "** (brood::noproc_error) brood: gone");
}

TEST_CASE("What is thrown need not be a std::exception: its text is its type's name") {
  CHECK(to_string(error(42)) == "** (throw) int");
  CHECK(error(42).what() == "int");
  CHECK(error(bad_config{3}).what() == "bad_config");
  CHECK(error(two_bases()).what() == "two_bases");
}

TEST_CASE("Error reasons are equal if they hold the same exception object") {
  const auto exception = std::make_exception_ptr(std::runtime_error("oops"));
  CHECK(exit_reason_access::from_exception(exception) == exit_reason_access::from_exception(exception));
  CHECK(error(std::runtime_error("oops")) != error(std::runtime_error("oops")));
  CHECK(exit_reason("oops") != error(std::runtime_error("oops")));
  CHECK(reason::normal.exception() == nullptr);
  CHECK(exit_reason(exception) != exit_reason_access::from_exception(exception));
}

TEST_CASE("An error knows where it came from; to say so keeps it equal") {
  const exit_reason why = error(std::runtime_error("oops"), "shop.cpp:3");
  CHECK(why.origin() == "shop.cpp:3");
  const exit_reason moved = exit_reason_access::with_origin(why, "shop.cpp:4");
  CHECK(moved.origin() == "shop.cpp:4");
  CHECK(moved == why);
  CHECK(exit_reason_access::with_origin(reason::kill, "x") == reason::kill);
  CHECK(exit_reason(3).origin().empty());
}

TEST_CASE("Reasons print through streams and fmt, with widths") {
  std::ostringstream out;
  out << reason::normal << ' ' << exit_reason("a");
  CHECK(out.str() == R"(:normal "a")");
  CHECK(fmt::format("{}|{:>8}|{:*^9}", reason::shutdown_with(3), reason::normal, reason::kill) ==
        "{:shutdown, 3}| :normal|**:kill**");
}

TEST_CASE("Brood's exceptions say what is wrong and what to do") {
  CHECK(std::string(not_a_process("self()").what()) ==
        "brood: self() outside a process: call it in what run or spawn started; other threads use brood::runtime");
  CHECK(std::string(bad_name("kv", "it is taken").what()) == R"(brood: bad name "kv": it is taken)");
  CHECK_THAT(too_many_processes(7).what(), Catch::Matchers::ContainsSubstring("7 processes"));
  CHECK_THAT(noproc_error(pid::from_bits(60)).what(), Catch::Matchers::ContainsSubstring("link(#PID<0.60.0>)"));
  CHECK(exiting(reason::timeout).why() == reason::timeout);
  CHECK_FALSE(std::is_base_of_v<std::exception, exiting>);
}
