// Random programs over processes, links, monitors, exits, names and selective receives: made from a seed, written as Erlang terms.
#pragma once

#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace differential {

enum class op {
  new_process,
  spawn,
  spawn_link,
  spawn_monitor,
  send,
  send_name,
  link,
  unlink,
  monitor,
  monitor_name,
  demonitor,
  exit_signal,
  exit_self,
  trap,
  register_name,
  unregister_name,
  receive_all,
  is_alive,
  burst,      // many messages and signals at once
  want,       // from now on the actor takes, besides commands, a note with this tag, once
  poll,       // takes a note with this tag if there is one
  poll_down,  // … the DOWN of one monitor
  poll_exit,  // … an EXIT of one process
  drain,      // … so much junk
  alias,
  unalias,
  tag,  // makes a reference, sends itself a message that holds it
  poll_tag,
  limit  // its mailbox has a limit it never reaches
};

inline const char* const op_names[] = {"new",       "spawn",   "spawn_link",    "spawn_monitor",   "send",        "send_name",
                                       "link",      "unlink",  "monitor",       "monitor_name",    "demonitor",   "exit_signal",
                                       "exit_self", "trap",    "register_name", "unregister_name", "receive_all", "is_alive",
                                       "burst",     "want",    "poll",          "poll_down",       "poll_exit",   "drain",
                                       "alias",     "unalias", "tag",           "poll_tag",        "limit"};

inline const char* const reasons[] = {"normal", "boom", "shutdown", "kill", "killed", "bang"};
inline const char* const names[] = {"na", "nb", "nc"};

// What a burst is made of: so many of this, one after the other.
enum class bit { junk, note_0, note_1, note_2, exit_normal, exit_bang, monitor_and_not, note_through_alias };
struct run {
  int count = 1;
  bit what = bit::junk;
};

struct step {
  op what = op::new_process;
  int actor = 0;     // who does it: the n-th process made
  int target = 0;    // a process, or for demonitor, poll_down and poll_tag the step that made the reference
  int argument = 0;  // a reason, a name, a flag, a tag, a number
  std::vector<run> runs;
};

// Sizes on both sides of what the library takes for many (message_queue::worth_marking), and of twice that.
inline constexpr int sizes[] = {1, 1, 2, 5, 30, 63, 64, 65, 70, 130};

using program = std::vector<step>;

// What is likely is what keeps processes alive and tied to each other; endings are rarer.
inline program make_program(std::uint64_t seed) {
  std::mt19937_64 random(seed * 0x9e3779b97f4a7c15 + 1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  // Half of the programs are about ties and endings; the others about one mailbox above all, and what it takes out when.
  static constexpr int ties[] = {4, 3, 8, 6, 10, 4, 18, 8, 12, 4, 10, 5, 2, 8, 6, 4, 12, 5, 12, 6, 4, 4, 2, 2, 2, 1, 2, 2, 2};
  static constexpr int mail[] = {1, 1, 2, 2, 10, 1, 4, 2, 6, 1, 4, 1, 0, 12, 1, 1, 2, 1, 50, 50, 8, 6, 4, 6, 4, 1, 4, 4, 12};
  static_assert(std::size(ties) == std::size(op_names) && std::size(mail) == std::size(op_names));
  const bool about_mail = seed % 2 == 0;
  const auto& weights = about_mail ? mail : ties;
  int total = 0;
  for (const int w : weights)
    total += w;
  const auto some_runs = [&] {
    std::vector<run> runs(static_cast<std::size_t>(1 + below(4)));
    const bool notes = below(2) == 0;
    for (run& r : runs) {
      static constexpr bit likely[] = {
          bit::junk,   bit::junk,        bit::junk,        bit::junk,        bit::note_0,          bit::note_1,
          bit::note_2, bit::exit_normal, bit::exit_normal, bit::exit_normal, bit::monitor_and_not, bit::note_through_alias};
      r.what = below(60) == 0 ? bit::exit_bang : likely[below(12)];
      if (!notes && r.what != bit::exit_normal)
        r.what = bit::junk;
      r.count = r.what == bit::junk ? sizes[below(10)] : 1 + below(2);
    }
    return runs;
  };
  const int length = 15 + below(35);
  program steps;
  int made = 0;
  std::vector<std::pair<int, int>> monitors, tags;  // the step, who did it
  // One of them, mostly for who made it: for a stranger it is without effect.
  const auto made_by = [&](const std::vector<std::pair<int, int>>& references, step& s) {
    s.target = -1;
    if (references.empty())
      return;
    const auto [made_at, owner] = references[static_cast<std::size_t>(below(static_cast<int>(references.size())))];
    s.target = made_at;
    if (below(4) > 0)
      s.actor = owner;
  };
  for (int i = 0; i < length; ++i) {
    step s;
    int left = made < 3 ? 0 : below(total);  // three to begin with
    int kind = 0;
    while (left >= weights[kind])
      left -= weights[kind++];
    s.what = static_cast<op>(kind);
    const bool makes = s.what <= op::spawn_monitor;
    if (made >= 8 && makes)
      s.what = op::link;
    s.actor = made == 0 ? 0 : below(made);
    s.target = made == 0 ? 0 : below(made);
    if (about_mail && made > 0 && below(3) > 0)
      (s.what == op::burst || s.what == op::send ? s.target : s.actor) = 0;
    switch (s.what) {
      case op::exit_signal:
      case op::exit_self:
        s.argument = below(3) > 0 ? below(3) : below(6);
        break;
      case op::send_name:
      case op::monitor_name:
      case op::register_name:
      case op::unregister_name:
        s.argument = below(3);
        break;
      case op::trap:
        s.argument = below(3) > 0;
        break;
      case op::demonitor:
        made_by(monitors, s);
        s.argument = below(4);  // bit 0: flush, bit 1: info
        break;
      case op::poll_down:
        made_by(monitors, s);
        break;
      case op::poll_tag:
        made_by(tags, s);
        break;
      case op::want:
      case op::poll:
        s.argument = below(3);
        break;
      case op::drain:
        s.argument = sizes[below(10)];
        break;
      case op::burst:
        s.runs = some_runs();
        break;
      default:
        break;
    }
    if (s.what <= op::spawn_monitor)
      ++made;
    if (s.what == op::spawn_monitor || s.what == op::monitor || s.what == op::monitor_name)
      monitors.emplace_back(i, s.actor);
    if (s.what == op::tag)
      tags.emplace_back(i, s.actor);
    steps.push_back(std::move(s));
  }
  return steps;
}

inline std::string as_erlang_term(const std::vector<run>& runs) {
  static const char* const bit_names[] = {"junk",        "note_0",    "note_1",          "note_2",
                                          "exit_normal", "exit_bang", "monitor_and_not", "note_through_alias"};
  std::string text = "[";
  for (const run& r : runs)
    text += (text.size() > 1 ? ",{" : "{") + std::to_string(r.count) + "," + bit_names[static_cast<int>(r.what)] + "}";
  return text + "]";
}

inline std::string as_erlang_term(const program& steps) {
  std::string text = "[";
  for (const step& s : steps) {
    if (text.size() > 1)
      text += ",";
    text += "{" + std::string(op_names[static_cast<int>(s.what)]) + "," + std::to_string(s.actor) + "," + std::to_string(s.target) +
            ",";
    if (s.what == op::exit_signal || s.what == op::exit_self)
      text += reasons[s.argument];
    else if (s.what == op::send_name || s.what == op::monitor_name || s.what == op::register_name || s.what == op::unregister_name)
      text += names[s.argument];
    else if (s.what == op::burst)
      text += as_erlang_term(s.runs);
    else
      text += std::to_string(s.argument);
    text += "}";
  }
  return text + "]";
}

}  // namespace differential
