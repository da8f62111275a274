#include "otp/strategy.hpp"

#include <stdexcept>
#include <string>

namespace brood::detail {

bool ended_orderly(const exit_reason& why) { return why == reason::normal || why.is_shutdown(); }

bool starts_again(restart_type type, const exit_reason& why) {
  switch (type) {
    case restart_type::permanent:
      return true;
    case restart_type::transient:
      return !ended_orderly(why);
    case restart_type::temporary:
      break;
  }
  return false;
}

reach reach_of(restart_strategy strategy) {
  return {.earlier = strategy == one_for_all, .later = strategy == one_for_all || strategy == rest_for_one};
}

restart_plan plan_restart(std::span<const sibling> reached) {
  restart_plan plan;
  for (std::size_t i = reached.size(); i-- > 0;)
    if (reached[i].running)
      plan.stop.push_back(i);
  for (std::size_t i = 0; i < reached.size(); ++i)
    (reached[i].temporary ? plan.forget : plan.start).push_back(i);
  return plan;
}

stop_terms stop_terms_of(const child_terms& terms, bool supervises) {
  switch (terms.manner) {
    case stop_manner::brutal:
      return {.kill_at_once = true, .limit = infinity};
    case stop_manner::within_limit:
      return {.kill_at_once = false, .limit = terms.limit};
    case stop_manner::unsaid:
      break;
  }
  return {.kill_at_once = false, .limit = supervises ? time_limit(infinity) : terms.limit};
}

bool shuts_down(auto_shutdown when, bool significant, std::size_t left) {
  return significant && (when == auto_shutdown::any_significant || (when == auto_shutdown::all_significant && left == 0));
}

void check_options(const supervisor_options& options) {
  if (options.restarts < 0)
    throw std::invalid_argument("brood: supervisor_options::restarts is negative; 0 gives up at the first restart");
  if (options.within.negative())
    throw std::invalid_argument("brood: supervisor_options::within is negative");
}

void check_spec(const supervisor_options& options, const child_spec& spec) {
  const std::string& id = child_spec_access::id(spec);
  const child_terms& terms = child_spec_access::terms(spec);
  const auto refuse = [&](const char* problem) {
    throw std::invalid_argument("brood: child " + (id.empty() ? std::string("without an id") : quote(id)) + problem);
  };
  if (id.empty() && options.strategy != restart_strategy::dynamic)
    refuse(": only a dynamic supervisor has children without one: child(\"id\", f, args...)");
  if (terms.significant && terms.restart == restart_type::permanent)
    refuse(" is significant, but permanent: it never ends for good; make it transient or temporary");
  if (terms.significant && options.stops_when == auto_shutdown::never)
    refuse(" is significant, but its supervisor's stops_when is never");
}

}  // namespace brood::detail
