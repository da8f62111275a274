#include "process/names.hpp"

#include "process/core.hpp"
#include "process/name_index.hpp"
#include "process/process_table.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace brood {

namespace detail {

constinit const void* index_of_names = nullptr;

namespace {

std::uint64_t hash_of(std::string_view name) noexcept { return std::hash<std::string_view>{}(name); }

using name_node = name_index<>::node;

struct name_table {
  std::mutex lock;  // of who changes it, and of who looks at all of it
  name_index<> by_name;  // the values are pids; none: of a process that is being made
  std::unordered_map<std::uint64_t, name_node*> by_pid;

  static name_table& instance() {
    static name_table& table = make();
    return table;
  }

  static name_table& make() {
    auto* const table = new name_table;
    index_of_names = &table->by_name;
    return *table;
  }

  // Under the lock.
  void remove(pid who) noexcept {
    const auto found = by_pid.find(who.bits());
    if (found == by_pid.end())
      return;
    by_name.remove(*found->second);
    by_pid.erase(found);
  }
};

void check_name(std::string_view name) {
  if (name.empty())
    throw bad_name(name, "a name can't be empty");
  if (name == "undefined" || name == "nil" || name == "true" || name == "false")
    throw bad_name(name, "this word is reserved, as in Erlang and Elixir: choose another name");
}

// Under the lock. `found`: who is found by the name, nobody or the process itself.
void add_name(name_table& table, std::string_view name, pid who, pid found, process_control& p) {
  const std::uint64_t hash = hash_of(name);
  if (const name_node* taken = table.by_name.get(name, hash))
    throw bad_name(name, "it is taken: unregister_name(name) first, or use another", pid::from_bits(taken->owner()));
  const auto entry = table.by_pid.try_emplace(who.bits(), nullptr).first;
  if (entry->second)
    throw bad_name(name, "the process has a name already, and can have but one");
  try {
    entry->second = &table.by_name.add(name, hash, who.bits(), found.bits());
  } catch (...) {  // no memory: nothing has happened
    table.by_pid.erase(entry);
    throw;
  }
  keep_in(p, in_table::names);
}

}  // namespace

std::string name_of(pid who) {
  auto& table = name_table::instance();
  std::lock_guard guard(table.lock);
  const auto found = table.by_pid.find(who.bits());
  return found == table.by_pid.end() ? std::string() : found->second->name();
}

void release_name_of(process_control& p) noexcept {
  auto& table = name_table::instance();
  std::lock_guard guard(table.lock);
  table.remove(p.self());
  leave_table(p, in_table::names);
}

void reserve_name(std::string_view name, process_control& p) {
  check_name(name);
  auto& table = name_table::instance();
  std::lock_guard guard(table.lock);
  add_name(table, name, p.self(), pid{}, p);
}

void publish_name(process_control& p) noexcept {
  auto& table = name_table::instance();
  std::lock_guard guard(table.lock);
  if (const auto found = table.by_pid.find(p.self().bits()); found != table.by_pid.end())
    found->second->set_value(p.self().bits());
}

namespace {

// A reader that was disturbed too often.
[[gnu::cold, gnu::noinline]] std::uint64_t find_under_lock(name_table& table, std::string_view name, std::uint64_t hash) {
  std::lock_guard guard(table.lock);
  const name_node* found = table.by_name.get(name, hash);
  return found ? found->value() : 0;
}

}  // namespace

}  // namespace detail

using namespace detail;

void register_name(std::string_view name, pid who) {
  if (runs_muted())
    return;
  check_name(name);
  others_may_run();
  auto& table = name_table::instance();
  std::lock_guard guard(table.lock);
  process_control* p = process_table::instance().tenant(who);
  if (!p || !process_table::instance().alive(who))
    throw bad_name(name, "the process is dead");
  add_name(table, name, who, who, *p);
  if (!process_table::instance().alive(who)) {  // it has died meanwhile; partner: release_name, after the inbox closed
    table.remove(who);
    throw bad_name(name, "the process is dead");
  }
}

void unregister_name(std::string_view name) {
  if (runs_muted())
    return;
  others_may_run();
  auto& table = name_table::instance();
  std::lock_guard guard(table.lock);
  const name_node* found = table.by_name.get(name, hash_of(name));
  if (!found || found->value() == 0)
    throw bad_name(name, "nobody has this name");
  table.remove(pid::from_bits(found->owner()));
}

std::optional<pid> whereis(std::string_view name) {
  others_may_run();
  auto& table = name_table::instance();
  const std::uint64_t hash = hash_of(name);
  const std::optional<std::uint64_t> found = table.by_name.find(name, hash);
  const std::uint64_t who = found ? *found : find_under_lock(table, name, hash);
  return who != 0 ? std::optional(pid::from_bits(who)) : std::nullopt;
}

std::vector<std::string> registered() {
  auto& table = name_table::instance();
  std::vector<std::string> names;
  {
    std::lock_guard guard(table.lock);
    for (const auto& [who, node] : table.by_pid)
      if (node->value() != 0)
        names.push_back(node->name());
  }
  std::sort(names.begin(), names.end());  // no order of a hash table leaks into a program
  return names;
}

}  // namespace brood
