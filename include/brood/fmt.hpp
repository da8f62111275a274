// fmt formatters of pids, refs and exit reasons; width and alignment work as for strings. fmt 9 and newer.
//
//     auto d = co_await receive<down>();
//     fmt::print("{:<14} ended: {}\n", d.who, d.why);  // #PID<0.60.0>   ended: :normal
#pragma once

#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>

#include <fmt/format.h>

#include <string>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

template <class T>
struct string_formatter : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(const T& value, Context& context) const {
    const std::string text = to_string(value);
    return fmt::formatter<fmt::string_view>::format(fmt::string_view(text.data(), text.size()), context);
  }
};

template <>
inline constexpr bool has_fmt_formatter<pid> = true;
template <>
inline constexpr bool has_fmt_formatter<ref> = true;
template <>
inline constexpr bool has_fmt_formatter<monitor_ref> = true;
template <>
inline constexpr bool has_fmt_formatter<timer_ref> = true;
template <>
inline constexpr bool has_fmt_formatter<exit_reason> = true;

}  // namespace detail
}  // namespace brood

template <>
struct fmt::formatter<brood::pid> : brood::detail::string_formatter<brood::pid> {};
template <>
struct fmt::formatter<brood::ref> : brood::detail::string_formatter<brood::ref> {};
template <>
struct fmt::formatter<brood::monitor_ref> : brood::detail::string_formatter<brood::monitor_ref> {};
template <>
struct fmt::formatter<brood::timer_ref> : brood::detail::string_formatter<brood::timer_ref> {};
template <>
struct fmt::formatter<brood::exit_reason> : brood::detail::string_formatter<brood::exit_reason> {};
