// What the supervisors' tests share: children that log their lives, and ways to look at a supervisor.
#pragma once

#include "spec.hpp"

#include <algorithm>
#include <string>
#include <vector>

// g++ 14 takes the elements of a braced list in a co_await for dangling at the end of the coroutine. They lie in its frame.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wdangling-pointer"
#endif

namespace spec {

// On 1, 2 and 8 schedulers and under the simulator.
template <class Body>
void everywhere(Body body) {
  for (const std::size_t n : {1, 2, 8})
    in_run(run_options{.schedulers = n, .grace = 50ms}, body);
  in_simulation(20, body);
}

// Tells a child how to end.
struct end_with {
  exit_reason why;
};

// Logs +id when it starts and -id when it is gone; ends as it is told.
inline process obedient(std::string id, shared_log log) {
  log.add("+" + id);
  on_destruction gone([id, log] { log.add("-" + id); });
  co_await receive([](const end_with& m) { exit(m.why); });
}

// The same, but it takes so long to end when it is asked to. Logs !id when it is.
inline process dawdler(std::string id, shared_log log, time_limit takes) {
  trap_exits();
  log.add("+" + id);
  on_destruction gone([id, log] { log.add("-" + id); });
  const exited asked = co_await receive<exited>();
  log.add("!" + id);
  co_await receive(after(takes));
  exit(asked.why);
}

inline child_spec obedient_child(std::string id, shared_log log) { return child(id, obedient, id, log); }

inline task<child_info> info_of(pid sup, std::string id) {
  for (child_info& c : co_await which_children(sup))
    if (c.id == id)
      co_return std::move(c);
  co_return child_info{};
}

inline task<pid> pid_of(pid sup, std::string id) { co_return (co_await info_of(sup, id)).process; }

// The process that runs as `id` after `old`.
inline task<pid> successor(pid sup, std::string id, pid old) {
  while (true) {
    const pid now = co_await pid_of(sup, id);
    if (now && now != old)
      co_return now;
    co_await sleep(1ms);
  }
}

inline task<std::vector<pid>> pids_of(pid sup, std::vector<std::string> ids) {
  std::vector<pid> pids;
  for (const std::string& id : ids)
    pids.push_back(co_await pid_of(sup, id));
  co_return pids;
}

// Ends it, and returns when it is dead.
inline task<exit_reason> end(pid who, exit_reason why) {
  const monitor_ref watch = monitor(who);
  exit(who, why);
  co_return co_await end_of(watch);
}
// The same, by telling a child; so `normal` works, too.
inline task<exit_reason> tell_to_end(pid child, exit_reason why) {
  const monitor_ref watch = monitor(child);
  send(child, end_with{why});
  co_return co_await end_of(watch);
}

// Asks for something so that the supervisor has dealt with all that came before.
inline task<> settled(pid sup) { (void)co_await count_children(sup); }

// A supervisor of these children, linked to the body, which traps exits from now on.
inline task<pid> supervisor_of(supervisor_options options, std::vector<child_spec> children) {
  trap_exits();
  outcome<pid> sup =
      co_await start_link([](supervisor_options o, std::vector<child_spec> c) -> process { co_await supervise(o, std::move(c)); },
                          options, std::move(children));
  co_return *sup;
}

using lines = std::vector<std::string>;

inline std::string joined(const lines& all, std::size_t from = 0) {
  std::string text;
  for (std::size_t i = from; i < all.size(); ++i)
    text += (i > from ? " " : "") + all[i];
  return text;
}

}  // namespace spec
