#include "catch.hpp"

#include <brood/describe.hpp>
#include <brood/exit_reason.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

using namespace brood;
using brood::detail::demangle;
using brood::detail::describe_value;

namespace shop {

struct job {
  int n;
};
struct order {
  int n;
};
std::string describe(const order& o) { return "order " + std::to_string(o.n); }

enum class colour : unsigned char { red = 1, green };
enum class mood { good };
std::string describe(mood) { return ":good"; }

template <class T>
struct box {
  struct lid {};
};
struct from_order {  // an overload found by a conversion is still the author's word
  operator order() const { return {9}; }
};

}  // namespace shop

namespace {
struct hidden {};
}  // namespace

TEST_CASE("Booleans and numbers print as in Elixir") {
  CHECK(describe_value(true) == "true");
  CHECK(describe_value(42) == "42");
  CHECK(describe_value(-7L) == "-7");
  CHECK(describe_value('a') == "97");
  CHECK(describe_value(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(describe_value(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(describe_value(1.0) == "1.0");
  CHECK(describe_value(0.1f) == "0.1");
  CHECK(describe_value(-2.5) == "-2.5");
  CHECK(describe_value(1e20) == "1.0e20");
  CHECK(describe_value(1.5e-7) == "1.5e-7");
  CHECK(describe_value(INFINITY) == "inf");
  CHECK(describe_value(0.0) == "0.0");
}

TEST_CASE("Enums print their numbers, unless their author says otherwise") {
  CHECK(describe_value(shop::colour::green) == "2");
  CHECK(describe_value(shop::mood::good) == ":good");
}

TEST_CASE("Texts print quoted and escaped") {
  CHECK(describe_value(std::string("abc")) == R"("abc")");
  CHECK(describe_value("abc") == R"("abc")");
  CHECK(describe_value(std::string_view("say \"hi\"\\")) == R"("say \"hi\"\\")");
  CHECK(describe_value(std::string("\n\t\r\x1b\0\x01\x7f", 7)) == R"("\n\t\r\e\0\x01\d")");
  CHECK(describe_value(std::string("#{x} # {")) == R"("\#{x} # {")");
  CHECK(describe_value(std::string("grün")) == R"("grün")");
}

TEST_CASE("Identities, optionals, tuples and containers print what they hold") {
  CHECK(describe_value(pid::from_bits(60)) == "#PID<0.60.0>");
  CHECK(describe_value(ref()) == "#Reference<0.0.0.0>");
  CHECK(describe_value(std::optional<int>()) == "nil");
  CHECK(describe_value(std::optional(3)) == "3");
  CHECK(describe_value(std::pair(1, std::string("a"))) == R"({1, "a"})");
  CHECK(describe_value(std::tuple()) == "{}");
  CHECK(describe_value(std::vector<int>()) == "[]");
  CHECK(describe_value(std::array{1, 2}) == "[1, 2]");
  CHECK(describe_value(std::vector<bool>{true, false}) == "[true, false]");
  CHECK(describe_value(std::map<std::string, int>{{"a", 1}}) == R"([{"a", 1}])");
  CHECK(describe_value(std::vector{reason::normal, exit_reason(3)}) == "[:normal, 3]");
}

TEST_CASE("Other types print as their author describes them, or as their name") {
  struct local {};
  CHECK(describe_value(shop::order{3}) == "order 3");
  CHECK(describe_value(shop::from_order()) == "order 9");
  CHECK(describe_value(std::vector{shop::order{1}, shop::order{2}}) == "[order 1, order 2]");
  CHECK(describe_value(shop::job{3}) == "#job<>");
  CHECK(describe_value(hidden()) == "#hidden<>");
  CHECK(describe_value(local()) == "#local<>");
  CHECK(describe_value(shop::box<shop::job>()) == "#box<shop::job><>");
  CHECK(describe_value(shop::box<shop::job>::lid()) == "#lid<>");
  CHECK(describe_value(std::make_shared<int>(3)) == "#shared_ptr<int><>");
}

TEST_CASE("Type names read as in source") {
  CHECK(detail::type_name<int>() == "int");
  CHECK(detail::type_name<shop::job>() == "shop::job");
  CHECK(detail::type_name<hidden>() == "hidden");
  CHECK(detail::type_name<std::string>() == "std::string");
  CHECK(detail::type_name<std::pair<std::string, shop::box<int>>>() == "std::pair<std::string, shop::box<int>>");
}
