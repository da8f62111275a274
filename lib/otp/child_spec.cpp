#include <brood/child_spec.hpp>

#include <stdexcept>

namespace brood {

child_spec child_spec::with_restart(detail::restart_type type) const {
  child_spec changed = *this;
  changed.terms_.restart = type;
  return changed;
}

child_spec child_spec::shutdown(time_limit limit) const {
  if (limit.negative())
    throw std::invalid_argument("brood: child_spec::shutdown: a negative time");
  child_spec changed = *this;
  changed.terms_.manner = detail::stop_manner::within_limit;
  changed.terms_.limit = limit;
  return changed;
}

child_spec child_spec::brutal_kill() const {
  child_spec changed = *this;
  changed.terms_.manner = detail::stop_manner::brutal;
  return changed;
}

child_spec child_spec::significant(bool on) const {
  child_spec changed = *this;
  changed.terms_.significant = on;
  return changed;
}

child_spec child_spec::starts_at_once(bool on) const {
  child_spec changed = *this;
  changed.terms_.at_once = on;
  return changed;
}

child_spec child_spec::named(std::string name) const {
  child_spec changed = *this;
  changed.name_ = std::make_shared<const std::string>(std::move(name));
  return changed;
}

}  // namespace brood
