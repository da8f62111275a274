#include "catch.hpp"

#include <brood/outcome.hpp>
#include <brood/process_dictionary.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

using namespace brood;

namespace {

outcome<std::string> greet(bool well) {
  if (well)
    return "hello";
  return outcome<std::string>::failure(reason::timeout);
}

struct point {
  int x, y;
};

template <class F>
exit_reason exit_of(F f) {
  try {
    f();
  } catch (const exiting& e) {
    return e.why();
  }
  return exit_reason("did not exit");
}

}  // namespace

using text = outcome<std::string>;
static_assert(std::same_as<decltype(*std::declval<text&>()), std::string&>);
static_assert(std::same_as<decltype(*std::declval<const text&>()), const std::string&>);
static_assert(std::same_as<decltype(*std::declval<text>()), std::string&&>);
static_assert(std::same_as<decltype(*std::declval<const text>()), const std::string&&>);
static_assert(std::same_as<decltype(std::declval<text&>().operator->()), std::string*>);
static_assert(std::same_as<decltype(std::declval<const text&>().operator->()), const std::string*>);
static_assert(std::convertible_to<std::string, text> && std::convertible_to<const char*, text>);
static_assert(!std::convertible_to<text, bool> && !std::convertible_to<exit_reason, outcome<int>>);
static_assert(!std::copyable<outcome<std::unique_ptr<int>>> && std::movable<outcome<std::unique_ptr<int>>>);
static_assert(std::copyable<text> && std::copyable<outcome<>>);

TEST_CASE("An outcome with a value tests true and gives it") {
  outcome<std::string> o = greet(true);
  REQUIRE(o);
  CHECK(*o == "hello");
  CHECK(o->size() == 5);
  CHECK(o.why() == reason::normal);
  CHECK(o.value_or("else") == "hello");
  *o += '!';
  CHECK(*std::move(o) == "hello!");
}

TEST_CASE("An outcome without a value says why, and exits with that when used") {
  const outcome<std::string> o = greet(false);
  CHECK(!o);
  CHECK(o.why() == reason::timeout);
  CHECK(o.value_or("else") == "else");
  CHECK(exit_of([&] { (void)*o; }) == reason::timeout);
  CHECK(exit_of([&] { (void)o->size(); }) == reason::timeout);
  CHECK(exit_of([] { (void)*greet(false); }) == reason::timeout);
}

TEST_CASE("normal is a reason for having no value, too") {
  const auto o = outcome<int>::failure(reason::normal);
  CHECK(!o);
  CHECK(exit_of([&] { (void)*o; }) == reason::normal);
}

TEST_CASE("A value may be move-only, an aggregate, a reason, or false") {
  outcome<std::unique_ptr<int>> owned = std::make_unique<int>(3);
  CHECK(**owned == 3);
  const std::unique_ptr<int> taken = *std::move(owned);
  CHECK(*taken == 3);
  CHECK(*outcome<std::unique_ptr<int>>::failure(reason::kill).value_or(std::make_unique<int>(4)) == 4);

  const outcome<point> p = point{1, 2};
  CHECK(p->y == 2);
  const outcome<point> q = {{3, 4}};
  CHECK(q->x == 3);

  const outcome<exit_reason> r = reason::kill;
  REQUIRE(r);
  CHECK(*r == reason::kill);
  CHECK(r.why() == reason::normal);

  const outcome<bool> b = false;
  CHECK(b);
  CHECK(*b == false);
}

TEST_CASE("outcome<> holds no value, only how it went") {
  const outcome<> well;
  CHECK(well);
  CHECK_NOTHROW(*well);
  CHECK(well.why() == reason::normal);

  const auto badly = outcome<>::failure(reason::shutdown_with(3));
  CHECK(!badly);
  CHECK(exit_of([&] { *badly; }) == reason::shutdown_with(3));
  CHECK(well != badly);
  CHECK(badly == outcome<>::failure(reason::shutdown_with(3)));
}

TEST_CASE("Outcomes compare by value or by reason") {
  CHECK(greet(true) == greet(true));
  CHECK(greet(true) != greet(false));
  CHECK(greet(false) == outcome<std::string>::failure(reason::timeout));
  CHECK(greet(false) != outcome<std::string>::failure(reason::noproc));
}

// OTP: kernel pdict_SUITE:simple
TEST_CASE("A process dictionary gives back what was put, with its type") {
  process_dictionary d;
  CHECK(!d.put("n", 3));
  CHECK(*d.get_if<int>("n") == 3);
  CHECK(d.get_if<long>("n") == nullptr);
  CHECK(d.get_if<int>("m") == nullptr);
  ++*d.get_if<int>("n");
  const auto old = d.put("n", std::make_unique<int>(5));
  CHECK(*old.get_if<int>() == 4);
  CHECK(**d.get_if<std::unique_ptr<int>>("n") == 5);
  d.put("text", "a literal");
  CHECK(*d.get_if<std::string>("text") == "a literal");
  CHECK(d.keys() == std::vector<std::string>{"n", "text"});
  CHECK(d.erase("n"));
  CHECK_FALSE(d.erase("n"));
  CHECK(d.size() == 1);
}

TEST_CASE("A process dictionary finds the keys of a value") {
  process_dictionary d;
  d.put("b", 1);
  d.put("a", 1);
  d.put("c", 2);
  d.put("d", 1L);
  CHECK(d.keys(1) == std::vector<std::string>{"a", "b"});
  CHECK(d.keys(3).empty());
}

TEST_CASE("A value's destructor may use the dictionary it was in") {
  struct farewell {
    process_dictionary* d;
    explicit farewell(process_dictionary* where) : d(where) {}
    farewell(farewell&& other) noexcept : d(std::exchange(other.d, nullptr)) {}
    ~farewell() {
      if (d) {
        d->put("last words", 1);
        d->erase("another");
      }
    }
  };
  process_dictionary d;
  d.put("x", farewell(&d));
  d.put("another", 1);
  CHECK(d.erase("x"));
  CHECK(d.keys() == std::vector<std::string>{"last words"});
}
