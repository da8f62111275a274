// Random programs over processes, links, monitors, exits and names: made from a seed, written as Erlang terms.
#pragma once

#include <cstdint>
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
  is_alive
};

inline const char* const op_names[] = {"new",       "spawn",  "spawn_link",    "spawn_monitor",   "send",        "send_name",
                                       "link",      "unlink", "monitor",       "monitor_name",    "demonitor",   "exit_signal",
                                       "exit_self", "trap",   "register_name", "unregister_name", "receive_all", "is_alive"};

inline const char* const reasons[] = {"normal", "boom", "shutdown", "kill", "killed", "bang"};
inline const char* const names[] = {"na", "nb", "nc"};

struct step {
  op what = op::new_process;
  int actor = 0;     // who does it: the n-th process made
  int target = 0;    // a process, or for demonitor the step that made the monitor
  int argument = 0;  // a reason, a name, a flag
};

using program = std::vector<step>;

// What is likely is what keeps processes alive and tied to each other; endings are rarer.
inline program make_program(std::uint64_t seed) {
  std::mt19937_64 random(seed * 0x9e3779b97f4a7c15 + 1);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  static constexpr int weights[] = {4, 3, 8, 6, 10, 4, 18, 8, 12, 4, 10, 5, 2, 8, 6, 4, 12, 5};
  int total = 0;
  for (const int w : weights)
    total += w;
  const int length = 15 + below(35);
  program steps;
  int made = 0;
  std::vector<std::pair<int, int>> monitors;  // the step, who did it
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
        s.target = -1;
        if (!monitors.empty()) {
          const auto [made_at, owner] = monitors[static_cast<std::size_t>(below(static_cast<int>(monitors.size())))];
          s.target = made_at;
          if (below(4) > 0)
            s.actor = owner;  // else a stranger: no effect
        }
        s.argument = below(4);  // bit 0: flush, bit 1: info
        break;
      default:
        break;
    }
    if (s.what <= op::spawn_monitor)
      ++made;
    if (s.what == op::spawn_monitor || s.what == op::monitor || s.what == op::monitor_name)
      monitors.emplace_back(i, s.actor);
    steps.push_back(s);
  }
  return steps;
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
    else
      text += std::to_string(s.argument);
    text += "}";
  }
  return text + "]";
}

}  // namespace differential
