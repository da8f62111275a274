// How values print in reasons, crash reports and `flush`: as Elixir's inspect would.
//
// To choose how your own type prints, write `std::string describe(const job&)` beside it; else it prints as #job<>. Built in:
// booleans, numbers, enums (their numbers), strings (quoted), pids and refs, std::optional (nil when empty), pairs and tuples
// ({1, 2}), containers ([1, 2]).
//
//     std::string describe(const job& j) { return "job " + std::to_string(j.n); }
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/compiler.hpp>
#include <brood/pid.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// The type's name in source, without what only compilers care for: inline and anonymous namespaces, std::string's true name.
BROOD_API std::string demangle(const char* symbol);
BROOD_API std::string demangle(const std::type_info& type);
// The same without namespaces, classes or functions around it: job for app::main::job.
BROOD_API std::string demangle_unqualified(const std::type_info& type);

template <class T>
std::string type_name() {
  return demangle(typeid(T));
}

BROOD_API std::string print_integer(long long value);
BROOD_API std::string print_integer(unsigned long long value);
BROOD_API std::string print_float(float value);   // the shortest text that reads back as the same number
BROOD_API std::string print_float(double value);
BROOD_API std::string quote(std::string_view text);
BROOD_API std::string print_opaque(const std::type_info& type);  // #job<>

namespace described {

void describe() = delete;  // only what argument-dependent lookup finds counts

template <class M>
concept by_its_author = requires(const M& m) {
  { describe(m) } -> std::convertible_to<std::string>;
};
template <class M>
std::string ask_author(const M& m) {
  return describe(m);
}

}  // namespace described

template <class M>
concept prints_as_identity =
    std::same_as<M, pid> || std::same_as<M, ref> || std::same_as<M, monitor_ref> || std::same_as<M, timer_ref>;

template <class M>
concept prints_as_optional = requires(const M& m) {
  typename M::value_type;
  m.has_value();
  { *m } -> std::convertible_to<const typename M::value_type&>;
};

template <class M>
concept prints_as_tuple = requires { std::tuple_size<M>::value; };

template <class M>
concept prints_as_list = requires(const M& m) {
  typename M::value_type;
  m.size();
  { *m.begin() } -> std::convertible_to<typename M::value_type>;
  m.end();
} && !std::same_as<typename M::value_type, M>;

template <class M>
std::string describe_value(const M& m);

template <class M>
std::string print_list(const M& m) {
  std::string out = "[";
  for (const typename M::value_type& element : m)
    out.append(out.size() > 1 ? ", " : "").append(detail::describe_value(element));
  return out += ']';
}

template <class M>
std::string print_tuple(const M& m) {
  std::string out = "{";
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    using std::get;
    (static_cast<void>(out.append(I > 0 ? ", " : "").append(detail::describe_value(get<I>(m)))), ...);
  }(std::make_index_sequence<std::tuple_size_v<M>>());
  return out += '}';
}

// The text that Elixir's inspect would print. Throws std::bad_alloc, and any exception of the author's `describe`.
template <class M>
std::string describe_value(const M& m) {
  if constexpr (described::by_its_author<M>)
    return described::ask_author(m);
  else if constexpr (prints_as_identity<M>)
    return to_string(m);
  else if constexpr (std::same_as<M, bool>)
    return m ? "true" : "false";
  else if constexpr (std::is_enum_v<M>)
    return detail::describe_value(static_cast<std::underlying_type_t<M>>(m));
  else if constexpr (std::signed_integral<M>)
    return print_integer(static_cast<long long>(m));
  else if constexpr (std::unsigned_integral<M>)
    return print_integer(static_cast<unsigned long long>(m));
  else if constexpr (std::same_as<M, float>)
    return print_float(m);
  else if constexpr (std::floating_point<M>)
    return print_float(static_cast<double>(m));
  else if constexpr (std::convertible_to<const M&, std::string_view> && !std::is_null_pointer_v<M>)
    return quote(m);
  else if constexpr (prints_as_optional<M>)
    return m.has_value() ? detail::describe_value(*m) : "nil";
  else if constexpr (prints_as_list<M>)
    return print_list(m);
  else if constexpr (prints_as_tuple<M>)
    return print_tuple(m);
  else
    return print_opaque(typeid(M));
}

}  // namespace detail
}  // namespace brood
