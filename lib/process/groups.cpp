#include "process/groups.hpp"

#include "process/group_table.hpp"
#include "process/process_table.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/tables.hpp"

#include <brood/pg.hpp>

#include <mutex>
#include <utility>

namespace brood {

namespace detail {

namespace {

// No user code runs under the lock: what is kept and sent is of this file's types.
struct shared_groups {
  std::mutex lock;
  group_table table;

  static shared_groups& instance() {
    static auto* all = new shared_groups;
    return *all;
  }
};

template <class Change>
void tell(const std::string& name, const group_table::group& g, pid who, std::size_t times) {
  for (const auto& [number, watcher] : g.watchers)
    transmit_always(watcher, persist([&, number = number, watcher = watcher] {
                      return make_message<Change>(Change{id_access::make_ref(number, watcher), name, std::vector<pid>(times, who)});
                    }));
}

}  // namespace

void forget_groups(const process_control& p) noexcept {
  shared_groups& all = shared_groups::instance();
  const pid who = p.self();
  std::lock_guard guard(all.lock);
  all.table.forget(
      who, [who](const std::string& name, const group_table::group& g, std::size_t times) { tell<pg::left>(name, g, who, times); });
}

}  // namespace detail

using namespace detail;

void pg::join(std::string_view name, pid who) {
  if (runs_muted() || !who)
    return;
  process_control* const p = process_table::instance().tenant(who);
  if (!p)
    return;
  keep_in(*p, in_table::groups);
  shared_groups& all = shared_groups::instance();
  std::lock_guard guard(all.lock);
  const group_table::group& g = all.table.join(name, who);
  if (!process_table::instance().alive(who))  // partner: death
    return all.table.leave_again(name, who);
  tell<joined>(std::string(name), g, who, 1);
}

bool pg::leave(std::string_view name, pid who) {
  if (runs_muted())
    return false;
  shared_groups& all = shared_groups::instance();
  std::lock_guard guard(all.lock);
  if (!all.table.leave(name, who))
    return false;
  if (const group_table::group* g = all.table.find(name))
    tell<left>(std::string(name), *g, who, 1);
  return true;
}

std::vector<pid> pg::members(std::string_view name) {
  shared_groups& all = shared_groups::instance();
  std::lock_guard guard(all.lock);
  const group_table::group* g = all.table.find(name);
  return g ? group_table::members_of(*g) : std::vector<pid>();
}

std::vector<std::string> pg::groups() {
  shared_groups& all = shared_groups::instance();
  std::lock_guard guard(all.lock);
  std::vector<std::string> names;
  for (const auto& [name, g] : all.table.groups())
    if (g.members != 0)
      names.push_back(name);
  return names;
}

pg::watched pg::monitor(std::string_view name) {
  process_control& p = require_process("pg::monitor()");
  const pid me = p.self();
  const std::uint64_t number = runtime_core::next_reference();
  p.queue.note_reference(number);
  keep_in(p, in_table::groups);
  shared_groups& all = shared_groups::instance();
  std::lock_guard guard(all.lock);
  if (!runs_muted())
    all.table.watch(name, me, number);
  const group_table::group* g = all.table.find(name);
  return {id_access::make_ref(number, me), g ? group_table::members_of(*g) : std::vector<pid>()};
}

bool pg::demonitor(ref watch) {
  const pid me = require_process("pg::demonitor()").self();
  shared_groups& all = shared_groups::instance();
  std::lock_guard guard(all.lock);
  return all.table.unwatch(me, id_access::number(watch));
}

}  // namespace brood
