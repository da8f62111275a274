#include "process/names.hpp"

#include "process/core.hpp"
#include "process/process_table.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace brood {

namespace detail {
namespace {

struct hash_text {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>{}(s); }
};

struct name_table {
  std::shared_mutex lock;
  std::unordered_map<std::string, pid, hash_text, std::equal_to<>> by_name;
  std::unordered_map<std::uint64_t, std::string> by_pid;

  static name_table& instance() {
    static auto* table = new name_table;
    return *table;
  }

  // Under the lock.
  void remove(pid who) noexcept {
    const auto found = by_pid.find(who.bits());
    if (found == by_pid.end())
      return;
    by_name.erase(found->second);
    by_pid.erase(found);
  }
};

void check_name(std::string_view name) {
  if (name.empty())
    throw bad_name(name, "a name can't be empty");
  if (name == "undefined" || name == "nil" || name == "true" || name == "false")
    throw bad_name(name, "this word is reserved, as in Erlang and Elixir: choose another name");
}

// Under the lock. The process has been checked to live.
void add_name(name_table& table, std::string_view name, pid who, process_control& p) {
  if (const auto taken = table.by_name.find(name); taken != table.by_name.end())
    throw bad_name(name, "it is taken: unregister_name(name) first, or use another", taken->second);
  std::uint8_t state = unnamed;
  if (!p.name_state.compare_exchange_strong(state, named, std::memory_order_seq_cst))
    throw bad_name(name, "the process has a name already, and can have but one");
  if (p.id.load(std::memory_order_acquire) != who.bits()) {  // the slot got its next tenant meanwhile
    p.name_state.store(unnamed, std::memory_order_release);
    throw bad_name(name, "the process is dead");
  }
  try {
    const auto added = table.by_name.emplace(std::string(name), who).first;
    try {
      table.by_pid.emplace(who.bits(), std::string(name));
    } catch (...) {
      table.by_name.erase(added);
      throw;
    }
  } catch (...) {  // no memory: nothing has happened
    p.name_state.store(unnamed, std::memory_order_release);
    throw;
  }
}

}  // namespace

std::string name_of(pid who) {
  auto& table = name_table::instance();
  std::shared_lock guard(table.lock);
  const auto found = table.by_pid.find(who.bits());
  return found == table.by_pid.end() ? std::string() : found->second;
}

void release_name_of(process_control& p) noexcept {
  auto& table = name_table::instance();
  std::unique_lock guard(table.lock);
  p.name_state.store(unnamed, std::memory_order_relaxed);
  table.remove(p.self());
}

void reserve_name(std::string_view name, process_control& p) {
  check_name(name);
  auto& table = name_table::instance();
  std::unique_lock guard(table.lock);
  add_name(table, name, p.self(), p);
}

}  // namespace detail

using namespace detail;

void register_name(std::string_view name, pid who) {
  if (runs_muted())
    return;
  check_name(name);
  others_may_run();
  auto& table = name_table::instance();
  std::unique_lock guard(table.lock);
  process_control* p = process_table::instance().find(who);
  if (!p || !process_table::instance().alive(who))
    throw bad_name(name, "the process is dead");
  add_name(table, name, who, *p);
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
  std::unique_lock guard(table.lock);
  const auto found = table.by_name.find(name);
  if (found == table.by_name.end())
    throw bad_name(name, "nobody has this name");
  const pid who = found->second;
  table.by_pid.erase(who.bits());
  table.by_name.erase(found);
  process_control* p = process_table::instance().find(who);
  std::uint8_t state = named;
  p->name_state.compare_exchange_strong(state, unnamed, std::memory_order_acq_rel);
}

std::optional<pid> whereis(std::string_view name) {
  others_may_run();
  auto& table = name_table::instance();
  std::shared_lock guard(table.lock);
  const auto found = table.by_name.find(name);
  if (found == table.by_name.end())
    return std::nullopt;
  return found->second;
}

std::vector<std::string> registered() {
  auto& table = name_table::instance();
  std::vector<std::string> names;
  {
    std::shared_lock guard(table.lock);
    for (const auto& [name, who] : table.by_name)
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());  // no order of a hash table leaks into a program
  return names;
}

}  // namespace brood
