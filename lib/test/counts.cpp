#include "test/counts.hpp"

#include <fmt/format.h>

namespace brood {

namespace {

struct kind {
  std::uint64_t simulation_counts::* count;
  const char* name;
};
constexpr kind kinds[] = {
    {&simulation_counts::kills, "kills"},
    {&simulation_counts::delays, "delays"},
    {&simulation_counts::allocation_failures, "allocation failures"},
    {&simulation_counts::blocking_failures, "blocking failures"},
    {&simulation_counts::splits, "splits"},
    {&simulation_counts::short_writes, "short writes"},
    {&simulation_counts::refusals, "refusals"},
    {&simulation_counts::resets, "resets"},
    {&simulation_counts::stalls, "stalls"},
    {&simulation_counts::accept_errors, "accept errors"},
    {&simulation_counts::socket_errors, "socket errors"},
    {&simulation_counts::interruptions, "interruptions"},
    {&simulation_counts::split_sends, "split sends"},
    {&simulation_counts::held_signals, "held signals"},
    {&simulation_counts::short_turns, "short turns"},
    {&simulation_counts::partial_intakes, "partial intakes"},
    {&simulation_counts::reorderings, "reorderings"},
};
static_assert(sizeof kinds / sizeof *kinds * sizeof(std::uint64_t) == sizeof(simulation_counts), "every kind has a name");

}  // namespace

std::uint64_t simulation_counts::total() const noexcept {
  std::uint64_t all = 0;
  for (const kind& k : kinds)
    all += this->*k.count;
  return all;
}

simulation_counts& simulation_counts::operator+=(const simulation_counts& other) noexcept {
  for (const kind& k : kinds)
    this->*k.count += other.*k.count;
  return *this;
}

std::string to_string(const simulation_counts& counts) {
  std::string text;
  for (const kind& k : kinds)
    if (counts.*k.count != 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts.*k.count, k.name);
  return text.empty() ? "nothing" : text;
}

namespace detail {

void add(simulation_info& sum, const simulation_info& more) noexcept {
  sum.complete = more.complete && (sum.complete || sum.schedules == 0);
  sum.schedules += more.schedules;
  sum.steps += more.steps;
  sum.trace_hash = sum.trace_hash * 31 + more.trace_hash;
  sum.injected += more.injected;
  sum.virtual_time += more.virtual_time;
}

std::string shortfall(const simulation_counts& injected, const simulation_counts& at_least) {
  std::string text;
  for (const kind& k : kinds)
    if (injected.*k.count < at_least.*k.count)
      text += fmt::format("{}{} of {} {}", text.empty() ? "" : ", ", injected.*k.count, at_least.*k.count, k.name);
  return text;
}

}  // namespace detail

}  // namespace brood
