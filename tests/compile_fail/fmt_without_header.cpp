// error: #include <brood/fmt.hpp>
// cases: 6
#include <brood/brood.hpp>
#ifndef MISUSE
#include <brood/fmt.hpp>
#endif

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

using namespace brood;

#if MISUSE == 1
std::string text(pid p) { return fmt::format("{}", p); }
#elif MISUSE == 2
std::string text(ref r) { return fmt::format("{}", r); }
#elif MISUSE == 3
std::string text(monitor_ref m) { return fmt::format("{}", m); }
#elif MISUSE == 4
std::string text(timer_ref t) { return fmt::format("{:>30}", t); }
#elif MISUSE == 5
std::string text(const exit_reason& why) { return fmt::format("{}", why); }
#elif MISUSE == 6
std::string text(const std::vector<pid>& all) { return fmt::format("{}", all); }
#else
std::string text(pid p, ref r, monitor_ref m, timer_ref t, const exit_reason& why, const std::vector<pid>& all) {
  return fmt::format("{} {} {} {:>30} {} {} {}", p, r, m, t, why, all, fmt::join(all, " "));
}
#endif
