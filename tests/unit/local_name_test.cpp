// Which types each file has for itself, told by their mangled names.
#include "base/local_name.hpp"

#include <catch.hpp>

#include <functional>
#include <map>
#include <string>
#include <typeinfo>

using brood::detail::is_local_name;

enum class color { red = 3 };
struct URL3x {};
struct L5color {};
template <auto...>
struct valued {};
template <class...>
struct made_of {};

namespace shades {
enum class shade { dark = 12, light = -4 };
struct _inner {
  struct L1E {};
};
}  // namespace shades

inline auto local_of_inline() {
  struct tick {};
  return tick();
}
inline auto closure_of_inline() {
  return [] {
    struct L2ab {};
    return L2ab();
  };
}

namespace {
struct hidden {};
int hidden_function() { return 0; }
}  // namespace

[[maybe_unused]] static auto local_of_static(int, color) {
  struct tick {};
  return tick();
}
static int static_function() { return 0; }
struct with_static_member {
  static auto local() {
    struct tick {};
    return tick();
  }
};
[[maybe_unused]] const auto without_linkage = [] {
  struct tick {};
  return tick();
};

namespace {
template <class T>
bool local() {
  return is_local_name(typeid(T).name());
}
}  // namespace

TEST_CASE("a type that the whole program knows has no local name, whatever is in it") {
  CHECK_FALSE(local<int>());
  CHECK_FALSE(local<std::string>());
  CHECK_FALSE(local<std::map<std::string, std::function<void(int, URL3x)>>>());
  CHECK_FALSE(local<URL3x>());
  CHECK_FALSE(local<L5color>());
  CHECK_FALSE(local<shades::_inner::L1E>());
  CHECK_FALSE(local<valued<color::red>>());
  CHECK_FALSE(local<valued<color::red, 5, true, -7, 'L'>>());
  CHECK_FALSE(local<made_of<valued<shades::shade::dark>, L5color>>());
  CHECK_FALSE(local<made_of<valued<shades::shade::light>, valued<color::red>, URL3x[5], URL3x*>>());
  CHECK_FALSE(local<decltype(local_of_inline())>());
  CHECK_FALSE(local<decltype(with_static_member::local())>());
  CHECK_FALSE(local<made_of<decltype(closure_of_inline()()), URL3x>>());
}

TEST_CASE("a type of an anonymous namespace, of a static function or of a file's own lambda has a local name") {
  CHECK(local<hidden>());
  CHECK(local<made_of<valued<color::red>, hidden>>());
  CHECK(local<made_of<L5color, hidden*>>());
  CHECK(local<valued<&hidden_function>>());
  CHECK(local<valued<&static_function>>());
  CHECK(local<decltype(local_of_static(0, color::red))>());
  CHECK(local<made_of<valued<shades::shade::dark>, decltype(local_of_static(0, color::red))>>());
  CHECK(local<decltype(without_linkage())>());
}
