// The table behind a registry: entries by key and by owner, in shards with a lock each. Nothing of the user's runs under a lock but
// the key's own operators; values are shared and copied outside.
#pragma once

#include <brood/already_started.hpp>
#include <brood/destination.hpp>
#include <brood/detail/death_hook.hpp>
#include <brood/detail/envelope.hpp>
#include <brood/detail/key_lock.hpp>
#include <brood/outcome.hpp>
#include <brood/send.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace brood {

enum class key_kind { unique, duplicate };

template <class Key, class Value>
class registry;

namespace detail {

[[noreturn]] void refuse_duplicate_address();

// Who listens to a registry.
class listener_list {
 public:
  void add(pid who);
  void remove(pid who) noexcept;
  std::vector<pid> all() const;
  bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }  // a hint: who joins now may miss what is now

 private:
  mutable std::mutex mutex_;
  std::vector<pid> listeners_;
  std::atomic<std::size_t> count_{0};
};

template <class Key, class Value>
class registry_table final : public death_hook, public std::enable_shared_from_this<registry_table<Key, Value>> {
  using handle = registry<Key, Value>;

 public:
  struct entry {
    pid who;
    std::uint64_t order;  // of enrolment, in the whole registry
    std::shared_ptr<const Value> value;
    const Key* key = nullptr;  // the node's in by_key
    entry* before = nullptr;  // of the same owner, in this shard
    entry* after = nullptr;
  };

  explicit registry_table(key_kind kind) noexcept : kind_(kind) {}

  outcome<> enroll(Key key, Value value) {
    const pid who = tell_of_death(this->shared_from_this(), "enroll()");
    if (!who)
      return {};  // a condemned process's: dropped
    entry e{who, order_.fetch_add(1, std::memory_order_relaxed), std::make_shared<const Value>(std::move(value))};
    const announcement news = announce<typename handle::enrolled>(
        [&] { return typename handle::enrolled{handle(this->shared_from_this()), key, who, e.value}; });
    shard& s = shard_of(key);
    std::lock_guard guard(s.mutex);
    if (kind_ == key_kind::unique)
      if (const auto taken = s.by_key.find(key); taken != s.by_key.end())
        return outcome<>::failure(exit_reason(already_started{taken->second.begin()->second.who}));
    insert(s, std::move(key), std::move(e));
    news.send();
    return {};
  }

  template <class Predicate>
  std::size_t withdraw(const Key& key, Predicate accepts) {
    const pid me = caller_of("withdraw()");
    std::size_t n = 0;
    for (const auto& e : entries_under(key))  // ours: nobody else removes them meanwhile
      if (e.who == me && accepts(*e.value)) {
        ++n;
        shard& s = shard_of(key);
        const announcement news = announce_withdrawal(key, me);
        std::lock_guard guard(s.mutex);
        remove(s, s.by_key.find(key)->second.find({me, e.order})->second);
        news.send();
      }
    return n;
  }

  std::optional<pid> find(const Key& key) const {
    shard& s = shard_of(key);
    std::lock_guard guard(s.mutex);
    const auto found = s.by_key.find(key);
    if (found == s.by_key.end())
      return std::nullopt;
    const auto oldest = std::min_element(found->second.begin(), found->second.end(),
                                         [](const auto& a, const auto& b) { return a.second.order < b.second.order; });
    return oldest->second.who;
  }

  // In the order of enrolment.
  std::vector<entry> entries_under(const Key& key) const {
    std::vector<entry> all;
    {
      shard& s = shard_of(key);
      std::lock_guard guard(s.mutex);
      const auto found = s.by_key.find(key);
      if (found != s.by_key.end())
        for (const auto& [place, e] : found->second)
          all.push_back(e);
    }
    std::sort(all.begin(), all.end(), [](const entry& a, const entry& b) { return a.order < b.order; });
    return all;
  }

  std::vector<Key> keys_of(pid who) const {
    std::vector<std::pair<std::uint64_t, Key>> found;
    for (shard& s : shards_) {
      std::lock_guard guard(s.mutex);
      const auto owned = s.by_owner.find(who);
      for (const entry* e = owned == s.by_owner.end() ? nullptr : owned->second; e; e = e->after)
        found.emplace_back(e->order, *e->key);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Key> keys;
    keys.reserve(found.size());
    for (auto& [order, key] : found)
      keys.push_back(std::move(key));
    return keys;
  }

  template <class F>
  std::size_t update(const Key& key, F& f) {
    const pid me = caller_of("update()");
    std::size_t n = 0;
    for (const auto& e : entries_under(key))
      if (e.who == me) {
        Value changed = *e.value;
        f(changed);
        auto kept = std::make_shared<const Value>(std::move(changed));
        shard& s = shard_of(key);
        std::lock_guard guard(s.mutex);
        s.by_key.find(key)->second.find({me, e.order})->second.value.swap(kept);
        ++n;
      }
    return n;
  }

  std::size_t size() const {
    std::size_t n = 0;
    for (shard& s : shards_) {
      std::lock_guard guard(s.mutex);
      n += s.entries;
    }
    return n;
  }

  void listen() {
    if (const pid who = tell_of_death(this->shared_from_this(), "listen()"))
      listeners_.add(who);
  }
  void unlisten(pid who) noexcept { listeners_.remove(who); }

  void require_unique() const {
    if (kind_ == key_kind::duplicate)
      refuse_duplicate_address();
  }

  void died(pid who) noexcept override {
    unlisten(who);
    std::vector<std::shared_ptr<const Value>> values;  // destroyed outside the locks
    for (shard& s : shards_) {
      std::lock_guard guard(s.mutex);
      const auto owned = s.by_owner.find(who);
      if (owned == s.by_owner.end())
        continue;
      for (entry *e = owned->second, *after; e; e = after) {
        after = e->after;
        values.push_back(e->value);
        const announcement news = announce_withdrawal(*e->key, who);
        remove(s, *e);
        news.send();
      }
    }
  }

  key_locks<Key> locks;

 private:
  struct place {
    pid who;
    std::uint64_t order;
    friend auto operator<=>(const place&, const place&) = default;
  };
  struct shard {
    std::mutex mutex;
    map_by_key<Key, std::map<place, entry>> by_key;  // no key without entries
    std::unordered_map<pid, entry*> by_owner;  // the newest of its list; no owner without entries
    std::size_t entries = 0;
  };

  // Messages for the listeners, made before a lock is taken and sent under it: so they come in the order of what they tell.
  class announcement {
   public:
    void add(pid to, envelope_ptr e) { letters_.emplace_back(to, std::move(e)); }
    void send() const noexcept {
      for (const auto& [to, letter] : letters_)
        deliver(to, const_cast<envelope_ptr&>(letter).release());
    }

   private:
    std::vector<std::pair<pid, envelope_ptr>> letters_;
  };
  template <class News, class Make>
  announcement announce(Make make) const {
    announcement a;
    if (!listeners_.empty())
      for (const pid to : listeners_.all())
        a.add(to, envelope_ptr(make_message<News>(make())));
    return a;
  }
  announcement announce_withdrawal(const Key& key, pid who) {
    return announce<typename handle::withdrawn>(
        [&] { return typename handle::withdrawn{handle(this->shared_from_this()), key, who}; });
  }

  shard& shard_of(const Key& key) const {
    if constexpr (hashable<Key>)
      return shards_[(std::hash<Key>{}(key) * 0x9e3779b97f4a7c15u) >> 61];
    else
      return shards_[0];
  }

  void insert(shard& s, Key key, entry e) {
    const place at{e.who, e.order};
    const auto [owned, first] = s.by_owner.try_emplace(e.who, nullptr);
    const auto forget_owner = [&] {
      if (first)
        s.by_owner.erase(owned);
    };
    try {
      const auto node = s.by_key.try_emplace(std::move(key)).first;
      try {
        entry& kept = node->second.emplace(at, std::move(e)).first->second;
        kept.key = &node->first;
        kept.after = owned->second;
        if (kept.after)
          kept.after->before = &kept;
        owned->second = &kept;
        ++s.entries;
      } catch (...) {
        if (node->second.empty())
          s.by_key.erase(node);
        throw;
      }
    } catch (...) {
      forget_owner();
      throw;
    }
  }

  void remove(shard& s, entry& e) noexcept {
    if (e.after)
      e.after->before = e.before;
    if (e.before)
      e.before->after = e.after;
    else if (e.after)
      s.by_owner.find(e.who)->second = e.after;
    else
      s.by_owner.erase(e.who);
    const auto node = s.by_key.find(*e.key);
    node->second.erase(place{e.who, e.order});
    if (node->second.empty())
      s.by_key.erase(node);
    --s.entries;
  }

  static constexpr std::size_t shard_count = 8;

  const key_kind kind_;
  std::atomic<std::uint64_t> order_{0};
  mutable std::array<shard, shard_count> shards_;
  listener_list listeners_;
};

// registry::at(key)
template <class Key, class Value>
class key_resolver final : public resolver {
 public:
  key_resolver(std::shared_ptr<registry_table<Key, Value>> table, Key key) : table_(std::move(table)), key_(std::move(key)) {}
  std::optional<pid> find() const override { return table_->find(key_); }
  std::string text() const override { return describe_value(key_); }

 private:
  std::shared_ptr<registry_table<Key, Value>> table_;
  Key key_;
};

}  // namespace detail

}  // namespace brood
