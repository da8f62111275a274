// What tells a program that prints a pid with fmt, and has not included <brood/fmt.hpp>, to do so. Knows no fmt.
//
// fmt asks of each type, by argument-dependent lookup, for its to_string_view (fmt 9, 10) and its format_as (from 10 on). Both return
// nothing, which fmt takes as "it has none"; but their return type has to be deduced first, and so their body is compiled.
#pragma once

#include <concepts>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

template <class T>
inline constexpr bool has_fmt_formatter = false;  // true: where <brood/fmt.hpp> was included

template <class T>
constexpr void check_fmt_header() {
  static_assert(has_fmt_formatter<T>, "brood: to print it with fmt: #include <brood/fmt.hpp>");
}

}  // namespace detail
}  // namespace brood

// In the class TYPE.
#define BROOD_NEEDS_FMT_HEADER(TYPE)               \
  template <std::same_as<TYPE> T>                  \
  friend constexpr auto to_string_view(const T&) { \
    return ::brood::detail::check_fmt_header<T>(); \
  }                                                \
  template <std::same_as<TYPE> T>                  \
  friend constexpr auto format_as(const T&) {      \
    return ::brood::detail::check_fmt_header<T>(); \
  }
