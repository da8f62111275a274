#include <brood/detail/death_hook.hpp>

#include "process/death.hpp"
#include "process/names.hpp"
#include "process/relations.hpp"
#include "process/signals.hpp"

#include <algorithm>
#include <utility>

namespace brood::detail {

namespace {

bool same(const std::weak_ptr<death_hook>& a, const std::shared_ptr<death_hook>& b) noexcept {
  return !a.owner_before(b) && !b.owner_before(a);
}

}  // namespace

pid tell_of_death(const std::shared_ptr<death_hook>& hook, const char* call) {
  process_control& p = require_process(call);
  if (p.muted() || p.past_names)
    return pid{};
  auto& hooks = relations_of(p).death_hooks;
  if (std::none_of(hooks.begin(), hooks.end(), [&](const auto& h) { return same(h, hook); })) {
    if (hooks.size() == hooks.capacity())  // before it grows: those of tables that are gone
      std::erase_if(hooks, [](const auto& h) { return h.expired(); });
    hooks.push_back(hook);
  }
  return p.self();
}

pid caller_of(const char* call) { return require_process(call).self(); }

void run_death_hooks(process_control& p) noexcept {
  if (!p.relations)
    return;
  for (const auto& h : std::exchange(p.relations->death_hooks, {}))
    if (const std::shared_ptr<death_hook> hook = h.lock())
      hook->died(p.self());
}

}  // namespace brood::detail
