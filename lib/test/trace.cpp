#include "test/trace.hpp"

#include "process/await_stack.hpp"
#include "process/inspection.hpp"
#include "process/names.hpp"
#include "process/process_table.hpp"
#include "process/signals.hpp"

#include <brood/exit_reason.hpp>

#include <fmt/format.h>

#include <utility>

namespace brood::detail {

std::string who_is(std::uint64_t pid_bits) {
  if (pid_bits == 0)
    return "nobody";
  const pid who = pid::from_bits(pid_bits);
  const std::string name = name_of(who);
  return name.empty() ? to_string(who) : fmt::format("{} {}", to_string(who), name);
}

std::string duration_text(std::int64_t ns) {
  for (const auto& [unit, name] : {std::pair{1'000'000'000.0, "s"}, {1'000'000.0, "ms"}, {1'000.0, "us"}})
    if (static_cast<double>(ns) >= unit)
      return fmt::format("{:.7g} {}", static_cast<double>(ns) / unit, name);
  return ns == 0 ? "0 s" : fmt::format("{} ns", ns);
}

std::string what_is(const envelope& e) {
  switch (e.type->kind) {
    case signal_kind::exit:
    case signal_kind::exit_by_link:
      return fmt::format("exit signal {}", to_string(e.as<exited>().why));
    case signal_kind::down:
      return fmt::format("DOWN of {}: {}", to_string(e.as<down>().who), to_string(e.as<down>().why));
    case signal_kind::alias_message:
      return fmt::format("{} to an alias", what_is(*e.as<alias_signal>().message));
    case signal_kind::link:
      return "link";
    case signal_kind::unlink:
      return "unlink";
    case signal_kind::unlink_ack:
      return "unlink acknowledged";
    case signal_kind::monitor:
      return "monitor";
    case signal_kind::demonitor:
      return "demonitor";
    case signal_kind::alive:
      return "is_alive";
    case signal_kind::inspect:
      return "inspect";
    case signal_kind::answer:
      return "answer";
    case signal_kind::room:
      return fmt::format("{}, waiting for room", what_is(*e.as<room_signal>().message));
    default:
      break;
  }
  std::string value;
  if (e.type->print)
    e.type->print(e.payload(), value);
  const std::string name = demangle(*e.type->type);
  return value.empty() || value.starts_with('#') ? name : fmt::format("{} {}", name, value);
}

void trace::say(std::string what, std::uint64_t who, std::uint64_t other) {
  if (!wanted_.wants(who, other))
    return;
  lines_.push_back(fmt::format("  {:>11}  {}\n", duration_text(now_), what));
  if (whole_)
    std::fputs(lines_.back().c_str(), whole_);
  if (lines_.size() > most_lines) {
    lines_.pop_front();
    ++forgotten_;
  }
}

namespace {
std::string place_of(const process_control& p) {
  const auto at = waiting_place(p);
  return at ? fmt::format(" at {}:{}", at->file, at->line) : "";
}
}  // namespace

void trace::happened(happening what, process_control* who, std::uint64_t other, const envelope* e) {
  const std::uint64_t whose = who ? who->self().bits() : 0;
  const std::string name = who_is(whose);
  switch (what) {
    case happening::spawned:
      return say(fmt::format("{} is spawned by {}, {}", name, who_is(other), spawn_place(*who)), whose, other);
    case happening::unborn:
      return say(fmt::format("{} is not spawned after all", name), whose);
    case happening::sent:
      return say(fmt::format("{} -> {}: {}", who ? name : "a timer or the runtime", who_is(other), what_is(*e)), whose, other);
    case happening::received:
      return say(fmt::format("{} takes {}{}", name, what_is(*e), place_of(*who)), whose);
    case happening::timed_out:
      return say(fmt::format("{} has waited long enough{}", name, place_of(*who)), whose);
    case happening::dying:
      return;
    case happening::died:
      return say(fmt::format("{} is dead: {}", name, to_string(who->why)), whose);
  }
}

void trace::runs(process_control& p, bool in_between) {
  say(fmt::format("{} {}{}{}", who_is(p.self().bits()), p.started ? "runs" : "starts", in_between ? " in between" : "",
                  p.started && !p.wait && !p.exiting ? place_of(p) : ""),
      p.self().bits());
}

void trace::rested(process_control& p) {
  if (!process_table::instance().alive(p.self()) || p.inbox.is_queued())
    return;
  std::string text = fmt::format("{} waits", who_is(p.self().bits()));
  if (const auto at = waiting_place(p)) {
    text += fmt::format(" at {}:{}", at->file, at->line);
    for (std::size_t i = 0; i < at->types.size(); ++i)
      text += (i == 0 ? " for " : ", ") + at->types[i];
  }
  say(std::move(text), p.self().bits());
}

std::string trace::text() const {
  std::string all;
  if (forgotten_ > 0)
    all = fmt::format("  ... {} lines before{}\n", forgotten_,
                      story_is_wanted() ? "" : "; set BROOD_STORY to a path, and they are written to that file");
  for (const std::string& line : lines_)
    all += line;
  return all;
}

}  // namespace brood::detail
