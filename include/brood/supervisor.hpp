// Supervisors: processes that start others, restart them when they fail, and stop them in order.
//
//     process cache() { co_await receive<std::string>(); }
//     process app() {
//       co_await supervise(one_for_one, child("cache", cache).named("cache"), child("log", cache).transient());
//     }
//
// `supervise` makes the process that awaits it a supervisor: it starts the children in order, each when the one before has
// started, then serves until its parent's exit, stop_server, an automatic shutdown, or until too many restarts were needed. It
// stops the children, last first (`dynamic`: all at once), and ends the process with the reason by exit(why); it returns only
// for normal. It traps exits. Exits of strangers are ignored. OTP: supervisor
//
// The other calls ask a supervisor, from any process. They have no time limit, for starting a child may take what it takes; a
// supervisor that is dead or ends meanwhile is a why() like others (which_children and count_children exit with it).
#pragma once

#include <brood/child_spec.hpp>
#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/exit_reason.hpp>
#include <brood/outcome.hpp>
#include <brood/pid.hpp>
#include <brood/supervisor_options.hpp>
#include <brood/task.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

// What supervise exits with, as shutdown_with(failed_to_start{…}), when a child could not be started: the children before it
// have been stopped again.
struct failed_to_start {
  std::string id;
  exit_reason why;
  friend bool operator==(const failed_to_start&, const failed_to_start&) = default;
};
BROOD_API std::string describe(const failed_to_start& f);

// Throws std::invalid_argument when the options or specs contradict each other: a negative number of restarts, the same id twice,
// no id (but for dynamic), a significant child that is permanent or that nothing waits for.
BROOD_API task<> supervise(supervisor_options options, std::vector<child_spec> children);
BROOD_API task<> supervise(restart_strategy strategy, std::vector<child_spec> children);
template <std::same_as<child_spec>... Specs>
task<> supervise(supervisor_options options, Specs... children) {
  std::vector<child_spec> all;
  all.reserve(sizeof...(Specs));
  (all.push_back(std::move(children)), ...);
  return supervise(options, std::move(all));
}
template <std::same_as<child_spec>... Specs>
task<> supervise(restart_strategy strategy, Specs... children) {
  return supervise(supervisor_options{.strategy = strategy}, std::move(children)...);
}

// Why a request was refused: exit_reason(child_error::running) and so on, in why().
enum class child_error : std::uint8_t { already_present, running, restarting, not_found, max_children };
BROOD_API std::string describe(child_error error);

// Adds a child and starts it, last in order. pid{}: it was a one-shot that has already ended normally. why(): already_started{pid}
// or child_error::already_present for an id that is there, child_error::max_children, the child's own reason when it did not
// start (its spec is not kept), or the error of a spec that contradicts the supervisor's options. OTP: supervisor:start_child/2
BROOD_API task<outcome<pid>> start_child(destination supervisor, child_spec spec);

// Starts a stopped child. why(): child_error::running, restarting or not_found, or its own. OTP: supervisor:restart_child/2
BROOD_API task<outcome<pid>> restart_child(destination supervisor, std::string id);

// Stops a child as its spec says; waits until it is dead. Its spec stays, unless it is temporary or the supervisor dynamic. A
// stopped one is no error. why(): child_error::not_found. OTP: supervisor:terminate_child/2
BROOD_API task<outcome<>> terminate_child(destination supervisor, std::string id);
BROOD_API task<outcome<>> terminate_child(destination supervisor, pid child);

// Forgets a stopped child. why(): child_error::running, restarting or not_found. OTP: supervisor:delete_child/2
BROOD_API task<outcome<>> delete_child(destination supervisor, std::string id);

// restarting: its restart failed, the next attempt is due.
enum class child_state : std::uint8_t { running, restarting, stopped };
BROOD_API std::string describe(child_state state);

struct child_info {
  std::string id;
  pid process;      // pid{} unless it runs
  child_state state;
  bool supervisor;  // has reached `supervise`
};

// In start order. OTP: supervisor:which_children/1
BROOD_API task<std::vector<child_info>> which_children(destination supervisor);

struct child_counts {
  std::size_t specs;        // all
  std::size_t active;       // that have a process
  std::size_t supervisors;  // running or not, as far as is known
  std::size_t workers;      // the others
};
// OTP: supervisor:count_children/1
BROOD_API task<child_counts> count_children(destination supervisor);

}  // namespace brood
