#include "process/groups.hpp"

#include "process/process_table.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/pg.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace brood {

namespace detail {

constinit std::atomic<std::size_t> group_members{0};
namespace {

struct watch {
  std::uint64_t number;
  pid who;
};

struct group {
  std::vector<pid> members;
  std::vector<watch> watches;
  bool unused() const noexcept { return members.empty() && watches.empty(); }
};

using groups_by_name = std::map<std::string, group, std::less<>>;

// All groups, and which of them a process has to do with: that is what its death looks up.
struct group_table {
  std::mutex lock;
  groups_by_name by_name;
  std::unordered_multimap<std::uint64_t, std::string> by_pid;  // one entry a membership or watch

  static group_table& instance() {
    static auto* table = new group_table;
    return *table;
  }

  void note(pid who, std::string_view name) {
    by_pid.emplace(who.bits(), std::string(name));
    group_members.store(by_pid.size(), std::memory_order_seq_cst);  // then look whether it lives; partner: death
  }
  void forget(pid who, std::string_view name) noexcept {
    auto [at, end] = by_pid.equal_range(who.bits());
    at = std::find_if(at, end, [name](const auto& entry) { return entry.second == name; });
    if (at != end)
      by_pid.erase(at);
    group_members.store(by_pid.size(), std::memory_order_seq_cst);
  }
  void drop_if_unused(groups_by_name::iterator at) noexcept {
    if (at->second.unused())
      by_name.erase(at);
  }
};

template <class Change>
void tell(const std::string& name, const group& g, const std::vector<pid>& who) {
  for (const watch& w : g.watches)
    transmit_always(w.who, persist([&] { return make_message<Change>(Change{id_access::make_ref(w.number, w.who), name, who}); }));
}

std::vector<std::string> groups_of(group_table& table, pid who) {
  const auto [first, last] = table.by_pid.equal_range(who.bits());
  std::vector<std::string> names;
  for (auto at = first; at != last; ++at)
    names.push_back(at->second);
  return names;
}

void leave_all(group_table& table, pid who) {
  std::vector<std::string> names = persist([&] { return groups_of(table, who); });
  table.by_pid.erase(who.bits());
  group_members.store(table.by_pid.size(), std::memory_order_seq_cst);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    const auto found = table.by_name.find(name);
    group& g = found->second;
    std::erase_if(g.watches, [who](const watch& w) { return w.who == who; });
    if (const std::size_t times = std::erase(g.members, who))
      tell<pg::left>(name, g, persist([&] { return std::vector<pid>(times, who); }));
    table.drop_if_unused(found);
  }
}

}  // namespace

void forget_groups(const process_control& p) noexcept {
  group_table& table = group_table::instance();
  std::lock_guard guard(table.lock);
  leave_all(table, p.self());
}

}  // namespace detail

using namespace detail;

void pg::join(std::string_view name, pid who) {
  if (runs_muted() || !who)
    return;
  group_table& table = group_table::instance();
  std::lock_guard guard(table.lock);
  const auto at = table.by_name.try_emplace(std::string(name)).first;
  at->second.members.push_back(who);
  table.note(who, name);
  if (!process_table::instance().alive(who)) {
    table.forget(who, name);
    at->second.members.pop_back();
    return table.drop_if_unused(at);
  }
  tell<joined>(at->first, at->second, {who});
}

bool pg::leave(std::string_view name, pid who) {
  if (runs_muted())
    return false;
  group_table& table = group_table::instance();
  std::lock_guard guard(table.lock);
  const auto at = table.by_name.find(name);
  if (at == table.by_name.end())
    return false;
  auto& members = at->second.members;
  const auto member = std::find(members.begin(), members.end(), who);
  if (member == members.end())
    return false;
  members.erase(member);
  table.forget(who, name);
  tell<left>(at->first, at->second, {who});
  table.drop_if_unused(at);
  return true;
}

std::vector<pid> pg::members(std::string_view name) {
  group_table& table = group_table::instance();
  std::lock_guard guard(table.lock);
  const auto at = table.by_name.find(name);
  return at == table.by_name.end() ? std::vector<pid>() : at->second.members;
}

std::vector<std::string> pg::groups() {
  group_table& table = group_table::instance();
  std::lock_guard guard(table.lock);
  std::vector<std::string> names;
  for (const auto& [name, g] : table.by_name)
    if (!g.members.empty())
      names.push_back(name);
  return names;
}

pg::watched pg::monitor(std::string_view name) {
  process_control& p = require_process("pg::monitor()");
  const pid me = p.self();
  const std::uint64_t number = runtime_core::next_reference();
  p.queue.note_reference(number);
  group_table& table = group_table::instance();
  std::lock_guard guard(table.lock);
  group& g = table.by_name.try_emplace(std::string(name)).first->second;
  if (!runs_muted()) {
    g.watches.push_back({number, me});
    table.note(me, name);
  }
  return {id_access::make_ref(number, me), g.members};
}

bool pg::demonitor(ref watch) {
  const pid me = require_process("pg::demonitor()").self();
  group_table& table = group_table::instance();
  std::lock_guard guard(table.lock);
  for (auto at = table.by_name.begin(); at != table.by_name.end(); ++at) {
    auto& watches = at->second.watches;
    const auto found = std::find_if(watches.begin(), watches.end(),
                                    [&](const detail::watch& w) { return w.number == id_access::number(watch) && w.who == me; });
    if (found == watches.end())
      continue;
    watches.erase(found);
    table.forget(me, at->first);
    table.drop_if_unused(at);
    return true;
  }
  return false;
}

}  // namespace brood
