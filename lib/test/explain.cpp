#include "test/explain.hpp"

#include "process/report_writer.hpp"
#include "test/replay.hpp"
#include "test/shrink.hpp"
#include "test/story.hpp"
#include "test/strategy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace brood::detail {

namespace {

std::string in_quotes(const std::string& argument) {
  if (!argument.empty() &&
      argument.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-") == std::string::npos)
    return argument;
  std::string text = "'";
  for (const char c : argument)
    text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

std::string command_line() {
  std::ifstream file("/proc/self/cmdline");
  std::string command;
  for (std::string argument; std::getline(file, argument, '\0');)
    command += " " + in_quotes(argument);
  return command;
}

std::string headline(const failed_run& failed) {
  const simulate_strategy meant = strategies::meant(failed.options);
  if (meant == simulate_strategy::exhaustive)
    return fmt::format("brood: failed in schedule {} of an exhaustive search with at most {} exceptions; replay:{}\n",
                       failed.schedule, failed.options.bound, command_line());
  return fmt::format("brood: failed under seed {} (strategy {}{}); replay: BROOD_SEED={}{}\n", failed.options.seed, name_of(meant),
                     failed.options.strategy == simulate_strategy::mixed ? ", of the mix" : "", failed.options.seed,
                     command_line());
}

// The shortest run that fails the same way goes to the file that BROOD_STORY names, all of it; the result says so.
std::string whole_story(const failed_run& failed, const std::function<void()>& body, const std::vector<std::uint32_t>& fewest,
                        const std::string& above) {
  std::FILE* const file = open_story();
  if (!file)
    return {};
  std::fputs(above.c_str(), file);
  const bool told = replay_in_child(body, failed.target, &fewest, file).has_value();
  std::fputs(told ? "\n" : "brood: the rest took too long to tell\n\n", file);
  std::fclose(file);
  return fmt::format("brood: the whole story is in {}\n", std::getenv("BROOD_STORY"));
}

std::string shortest_story(const failed_run& failed, const std::function<void()>& body, const std::string& above) {
  const std::string failure = signature_of_failure();
  std::optional<replayed> r = replay_in_child(body, failed.target, failed.taken);
  if (!r)
    return "brood: a second run, to tell what happened, took too long or could not be made\n";
  if (r->failure != failure)
    return "brood: a second run did not fail the same way: something outlives a run and changes the next (a global, a variable "
           "captured by reference)\n";
  const std::vector<std::uint32_t> all = std::move(r->taken);
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + std::chrono::milliseconds(1500);
  const bool worth_it = all.size() < trace::most_decisions;
  const std::vector<std::uint32_t> fewest = shrink(
      all,
      [&](const std::vector<std::uint32_t>& taken) {
        std::optional<replayed> again = replay_in_child(body, failed.target, &taken);
        if (!again || again->failure != failure)
          return false;
        r = std::move(again);
        return true;
      },
      [&] { return worth_it && clock::now() < end; });
  const std::string line = fmt::format("brood: what happened, with {} of its {} choices, the others as first come first served:\n",
                                       count_exceptions(fewest), count_exceptions(all));
  return line + r->story + whole_story(failed, body, fewest, above + line);
}

}  // namespace

void explain(const failed_run& failed, const std::function<void()>& body) noexcept {
  try {
    const std::string above = fmt::format("{}brood: {}\n", headline(failed), text_of_failure());
    std::string story;
    try {
      story = body ? shortest_story(failed, body, above) : "";
    } catch (const std::system_error& e) {  // of BROOD_STORY
      story = fmt::format("{}\n", e.what());
    }
    std::string reports = kept_reports();
    if (!reports.empty())
      reports = "brood: what was reported in this run:\n" + reports;
    say(above + reports + story);
    flush_reports_within(std::chrono::seconds(1));
  } catch (...) {  // the failure itself matters more
  }
}

}  // namespace brood::detail
