// A registry: keys to processes, local to this program. No process: a shared table that any process or thread may read.
//
//     registry<std::string, int> rooms;
//     (void)rooms.enroll("lobby", 7);                       // this process, under that key
//     if (auto who = rooms.find("lobby")) send(*who, ping{self()});
//     send_after(1s, rooms.at("lobby"), pong{});            // found when it is sent
//
// A handle: copy it, send it, capture it; copies are the same registry. An entry belongs to the process that made it and is gone
// when that process is dead, before anybody is told. Unique: one process a key. Duplicate: any number of entries, of one process
// too; what comes in an order comes in that of enrolment. A key needs == and std::hash, or <; an operator of a key's that throws
// in a dying process terminates. Elixir: Registry
#pragma once

#include <brood/already_started.hpp>
#include <brood/destination.hpp>
#include <brood/detail/handler.hpp>
#include <brood/detail/registry_table.hpp>
#include <brood/outcome.hpp>
#include <brood/task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

template <class Key, class Value = std::monostate>
class registry {
  using table = detail::registry_table<Key, Value>;

 public:
  // What listeners get.
  struct enrolled {
    registry where;
    Key key;
    pid who;
    std::shared_ptr<const Value> value;
  };
  struct withdrawn {
    registry where;
    Key key;
    pid who;
  };

  explicit registry(key_kind kind = key_kind::unique) : table_(new table(kind)) {}

  // Enters self(). Without a value if a unique key is taken: why() holds already_started{owner}, which may be self(). Throws
  // not_a_process outside a process. Elixir: Registry.register/3
  outcome<> enroll(Key key, Value value = {}) const { return table_->enroll(std::move(key), std::move(value)); }

  // Removes all of self()'s entries under the key. None: no error. Elixir: Registry.unregister/2
  void withdraw(const Key& key) const {
    table_->withdraw(key, [](const Value&) { return true; });
  }
  // … whose value the predicate accepts; how many. Elixir: Registry.unregister_match/4
  template <class Predicate>
  std::size_t withdraw_if(const Key& key, Predicate accepts) const {
    return table_->withdraw(key, accepts);
  }

  // The process under the key; of a duplicate key, the oldest entry's. Never a dead one. Elixir: Registry.whereis_name/1
  std::optional<pid> find(const Key& key) const { return table_->find(key); }

  // All entries under the key. Elixir: Registry.lookup/2
  std::vector<std::pair<pid, Value>> lookup(const Key& key) const {
    std::vector<std::pair<pid, Value>> found;
    for (const auto& e : table_->entries_under(key))
      found.emplace_back(e.who, *e.value);
    return found;
  }
  // The values of one process's entries under the key. Elixir: Registry.values/3
  std::vector<Value> values(const Key& key, pid who) const {
    std::vector<Value> found;
    for (const auto& e : table_->entries_under(key))
      if (e.who == who)
        found.push_back(*e.value);
    return found;
  }
  // The keys of a process, one an entry. Elixir: Registry.keys/2
  std::vector<Key> keys_of(pid who) const { return table_->keys_of(who); }
  // The number of entries. Elixir: Registry.count/1
  std::size_t size() const { return table_->size(); }

  // Changes the values of self()'s entries under the key with f(Value&); how many. Elixir: Registry.update_value/3
  template <class F>
  std::size_t update(const Key& key, F f) const {
    return table_->update(key, f);
  }

  // Where messages for the key go, looked up anew with each. Throws std::invalid_argument if keys are duplicate. Elixir: {:via,
  // Registry, {registry, key}}
  destination at(Key key) const {
    table_->require_unique();
    return destination(std::make_shared<detail::key_resolver<Key, Value>>(table_, std::move(key)));
  }

  // Calls f(pid, const Value&) in the caller for each entry under the key; how many. f may change the registry: it goes through
  // those that there were. Elixir: Registry.dispatch/4
  template <class F>
  std::size_t dispatch(const Key& key, F f) const {
    const auto entries = table_->entries_under(key);
    for (const auto& e : entries)
      f(e.who, *e.value);
    return entries.size();
  }

  // From now on self() gets `enrolled` and `withdrawn` for every entry made and gone, in that order for one key. Elixir: listeners
  void listen() const { table_->listen(); }
  void unlisten() const { table_->unlisten(detail::caller_of("unlisten()")); }

  // Runs f() while this process holds the lock of the key; others wait in line. f may be a coroutine; its value is that of the
  // expression. Released however f ends, also by kill. Locks and entries are independent. Locking a key that this process holds
  // throws std::logic_error. Elixir: Registry.lock/3
  template <class F>
  auto lock(Key key, F f) const -> task<detail::unwrap_task_t<std::invoke_result_t<F&>>> {
    const std::shared_ptr<table> kept = table_;
    detail::lock_turn<Key> turn(kept->locks, std::move(key));
    co_await detail::quietly(turn);
    if constexpr (detail::is_task<std::invoke_result_t<F&>>)
      co_return co_await detail::quietly(f());
    else
      co_return f();
  }

  // The same registry.
  friend bool operator==(const registry& a, const registry& b) noexcept { return a.table_ == b.table_; }

 private:
  friend table;
  explicit registry(std::shared_ptr<table> t) noexcept : table_(std::move(t)) {}
  std::shared_ptr<table> table_;
};

}  // namespace brood
