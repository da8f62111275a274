// The table behind a registry: entries by key and by owner, in shards with a lock each. Nothing of the user's runs under a lock: keys
// are found outside it (key_table.hpp), values are shared, and what is removed is destroyed after its release.
#pragma once

#include <brood/already_started.hpp>
#include <brood/destination.hpp>
#include <brood/detail/api.hpp>
#include <brood/detail/death_hook.hpp>
#include <brood/detail/envelope.hpp>
#include <brood/detail/key_lock.hpp>
#include <brood/detail/key_table.hpp>
#include <brood/outcome.hpp>
#include <brood/send.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

enum class key_kind { unique, duplicate };

template <class Key, class Value>
class registry;

namespace detail {

BROOD_API [[noreturn]] void refuse_duplicate_address();

// Delivers, or leaves the message to its owner: nobody is there. Destroys nothing.
BROOD_API void post(pid to, envelope_ptr& message) noexcept;

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

  struct place;
  // Of one key.
  struct entries {
    std::map<std::uint64_t, place> all;  // by the order of enrolment in the whole registry
    std::atomic<std::uint64_t> oldest_bits{0};

    bool empty() const noexcept { return all.empty(); }
    // Any thread, without the lock. Nobody: there is none. Acquire: pairs with note_oldest.
    pid oldest() const noexcept { return pid::from_bits(oldest_bits.load(std::memory_order_acquire)); }
    void note_oldest() noexcept { oldest_bits.store(all.empty() ? 0 : all.begin()->second.who.bits(), std::memory_order_release); }
  };
  // Of one shard.
  struct owners {
    std::unordered_map<pid, place*> newest;  // of the owner's list; no owner without entries
    std::size_t size = 0;

    const place* newest_of(pid who) const noexcept {
      const auto found = newest.find(who);
      return found == newest.end() ? nullptr : found->second;
    }
  };
  using keys = key_table<Key, entries, owners>;
  using cell = typename keys::cell;
  using cell_ptr = typename keys::cell_ptr;
  struct place {
    pid who;
    std::uint64_t order = 0;
    std::shared_ptr<const Value> value;
    cell* at = nullptr;
    place* newer = nullptr;  // of the same owner, in this shard
    place* older = nullptr;
  };
  struct entry {
    pid who;
    std::shared_ptr<const Value> value;
  };

 public:
  explicit registry_table(key_kind kind) noexcept : kind_(kind) {}

  outcome<> enroll(Key key, Value value) {
    const pid who = tell_of_death(this->shared_from_this(), "enroll()");
    if (!who)
      return {};  // a condemned process's: dropped
    auto kept = std::make_shared<const Value>(std::move(value));
    announcement news = announce<typename handle::enrolled>(
        [&] { return typename handle::enrolled{handle(this->shared_from_this()), key, who, kept}; });
    const pid owner = keys_.enter(std::move(key), [&](const cell_ptr& at, owners& o) {
      if (kind_ == key_kind::unique && !at->content.empty())
        return at->content.oldest();
      insert(*at, o, order_.fetch_add(1, std::memory_order_relaxed), who, std::move(kept));
      news.send();
      return pid{};
    });
    return owner ? outcome<>::failure(exit_reason(already_started{owner})) : outcome<>();
  }

  template <class Predicate>
  std::size_t withdraw(const Key& key, Predicate accepts) {
    const pid me = caller_of("withdraw()");
    const cell_ptr at = keys_.find(key);
    std::size_t n = 0;
    for (const auto& [order, e] : entries_of(at))  // ours: nobody else removes them meanwhile
      if (e.who == me && accepts(*e.value)) {
        ++n;
        remove(at, order, me);
      }
    return n;
  }

  std::optional<pid> find(const Key& key) const {
    const cell_ptr at = keys_.find(key);
    const pid oldest = at ? at->content.oldest() : pid{};
    return oldest ? std::optional(oldest) : std::nullopt;
  }

  // In the order of enrolment.
  std::vector<entry> entries_under(const Key& key) const {
    std::vector<entry> all;
    for (auto& [order, e] : entries_of(keys_.find(key)))
      all.push_back(std::move(e));
    return all;
  }

  std::vector<Key> keys_of(pid who) const {
    std::vector<std::pair<std::uint64_t, cell_ptr>> found;
    for (std::size_t i = 0; i < keys::shards; ++i)
      keys_.in_shard(i, [&](const owners& o) {
        for (const place* p = o.newest_of(who); p; p = p->older)
          found.emplace_back(p->order, p->at->shared_from_this());
      });
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Key> all;
    all.reserve(found.size());
    for (const auto& [order, at] : found)
      all.push_back(at->key);
    return all;
  }

  template <class F>
  std::size_t update(const Key& key, F& f) {
    const pid me = caller_of("update()");
    const cell_ptr at = keys_.find(key);
    std::size_t n = 0;
    for (const auto& [order, e] : entries_of(at))
      if (e.who == me) {
        Value changed = *e.value;
        f(changed);
        auto kept = std::make_shared<const Value>(std::move(changed));
        keys_.enter(at, [&kept, of = order](const cell_ptr& c, owners&) { c->content.all.find(of)->second.value.swap(kept); });
        ++n;
      }
    return n;
  }

  std::size_t size() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < keys::shards; ++i)
      n += keys_.in_shard(i, [](const owners& o) { return o.size; });
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

  // It enrols no more.
  void died(pid who) noexcept override {
    unlisten(who);
    std::uint64_t order = 0;
    const auto newest = [&](const owners& o) {
      const place* const p = o.newest_of(who);
      order = p ? p->order : 0;
      return p ? p->at->shared_from_this() : cell_ptr();
    };
    for (std::size_t i = 0; i < keys::shards; ++i)
      while (const cell_ptr at = keys_.in_shard(i, newest))
        remove(at, order, who);
  }

  key_locks<Key> locks;

 private:
  // Messages for the listeners, made before a lock is taken and sent under it: so they come in the order of what they tell. What
  // nobody takes is destroyed with this, after the lock's release.
  class announcement {
   public:
    void add(pid to, envelope_ptr e) { letters_.emplace_back(to, std::move(e)); }
    void send() noexcept {
      for (auto& [to, letter] : letters_)
        post(to, letter);
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

  std::vector<std::pair<std::uint64_t, entry>> entries_of(const cell_ptr& at) const {
    std::vector<std::pair<std::uint64_t, entry>> all;
    if (at)
      keys_.enter(at, [&](const cell_ptr& c, owners&) {
        for (const auto& [order, p] : c->content.all)
          all.emplace_back(order, entry{p.who, p.value});
      });
    return all;
  }

  // Under the lock. Throws std::bad_alloc, and has then done nothing.
  static void insert(cell& at, owners& o, std::uint64_t order, pid who, std::shared_ptr<const Value>&& value) {
    const auto owned = o.newest.try_emplace(who, nullptr).first;
    try {
      place& p = at.content.all.try_emplace(order).first->second;
      p = {who, order, std::move(value), &at, nullptr, owned->second};
      if (p.older)
        p.older->newer = &p;
      owned->second = &p;
    } catch (...) {
      if (!owned->second)
        o.newest.erase(owned);
      throw;
    }
    at.content.note_oldest();
    ++o.size;
  }

  // An entry that is there and that nobody else removes.
  void remove(const cell_ptr& at, std::uint64_t order, pid who) {
    announcement news = announce<typename handle::withdrawn>(
        [&] { return typename handle::withdrawn{handle(this->shared_from_this()), at->key, who}; });
    std::shared_ptr<const Value> value;  // destroyed outside the lock
    keys_.enter(at, [&](const cell_ptr& c, owners& o) {
      const auto found = c->content.all.find(order);
      place& p = found->second;
      value = std::move(p.value);
      if (p.older)
        p.older->newer = p.newer;
      if (p.newer)
        p.newer->older = p.older;
      else if (p.older)
        o.newest.find(who)->second = p.older;
      else
        o.newest.erase(who);
      c->content.all.erase(found);
      c->content.note_oldest();
      --o.size;
      news.send();
    });
  }

  const key_kind kind_;
  std::atomic<std::uint64_t> order_{0};
  mutable keys keys_;
  listener_list listeners_;
};

// registry::at(key)
template <class Key, class Value>
class key_resolver final : public resolver {
 public:
  key_resolver(std::shared_ptr<registry_table<Key, Value>> table, Key key) : table_(std::move(table)), key_(std::move(key)) {}
  std::optional<pid> find() const override { return table_->find(key_); }
  std::string text() const override { return detail::describe_value(key_); }

 private:
  std::shared_ptr<registry_table<Key, Value>> table_;
  Key key_;
};

}  // namespace detail

}  // namespace brood
