// What supervisors decide, as functions of values: who is restarted, who is stopped with it, in which order. No process here; the
// tables in tests/unit/strategy_test.cpp are the specification.
#pragma once

#include <brood/child_spec.hpp>
#include <brood/exit_reason.hpp>
#include <brood/supervisor_options.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace brood::detail {

// Whether a child of this type that ended by itself is started again. OTP: supervisor:do_restart
bool starts_again(restart_type type, const exit_reason& why);

// Whether nothing is wrong with such an end: normal, shutdown, {shutdown, _}.
bool ended_orderly(const exit_reason& why);

// Which siblings, seen from the one that died, its strategy reaches.
struct reach {
  bool earlier;  // those started before it
  bool later;    // those started after it
  friend bool operator==(reach, reach) = default;
};
reach reach_of(restart_strategy strategy);

// A child that the strategy reaches; the dead one is among them.
struct sibling {
  bool running;
  bool temporary;
};

// Places in the list that was given. Each list is in the order in which it is to be done; first all of `stop`, then all of
// `forget`, then `start`.
struct restart_plan {
  std::vector<std::size_t> stop;    // last started first
  std::vector<std::size_t> forget;  // temporary ones are not started again: their specs go
  std::vector<std::size_t> start;   // in start order
  friend bool operator==(const restart_plan&, const restart_plan&) = default;
};
// `reached` in start order. OTP: supervisor:restart/3
restart_plan plan_restart(std::span<const sibling> reached);

// How a child is told to end and how long it may take.
struct stop_terms {
  bool kill_at_once;
  time_limit limit;  // then it is killed
};
// `supervises`: it has reached `supervise`. OTP: supervisor, child spec, shutdown
stop_terms stop_terms_of(const child_terms& terms, bool supervises);

// Whether the end of a child, by itself and for good, ends its supervisor. `left`: how many significant ones still live.
// OTP: supervisor:do_auto_shutdown
bool shuts_down(auto_shutdown when, bool significant, std::size_t left);

// Throw std::invalid_argument, with a sentence. OTP: supervisor:check_flags, check_childspec
void check_options(const supervisor_options& options);
void check_spec(const supervisor_options& options, const child_spec& spec);

}  // namespace brood::detail
