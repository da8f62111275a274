// A table by key, in shards with a lock each, under which no user code runs: keys are hashed, compared, copied and destroyed outside.
//
// A key has a cell as long as there is something in it. Content is what is in a cell and Shared what a shard has besides, both
// under the shard's lock; Content::empty() says when the cell may go.
#pragma once

#include <brood/detail/key_cells.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

struct nothing_shared {};

template <class Key, class Content, class Shared = nothing_shared>
class key_table {
 public:
  struct cell : std::enable_shared_from_this<cell> {
    cell(Key k, std::uint64_t h, std::uint64_t r) : key(std::move(k)), hash(h), rank(r) {}
    const Key key;
    const std::uint64_t hash, rank;
    Content content{};
    bool linked = false;  // under the lock
    std::shared_ptr<cell> next;  // of the same bucket
  };
  using cell_ptr = std::shared_ptr<cell>;

  // The key's cell; null: it has none. It stays in memory, and its content may change at once.
  cell_ptr find(const Key& key) const {
    const std::uint64_t hash = hash_of(key);
    const shard& s = shard_of(hash);
    return index::match(look(s, hash), key);
  }

  // Calls f(cell_ptr, shared) with the key's cell, under its lock. f destroys nothing of the user's.
  template <class F>
  auto enter(Key key, F f) {
    const std::uint64_t hash = hash_of(key);
    shard& s = shard_of(hash);
    for (cell_ptr fresh;;) {
      const typename index::seen seen = look(s, hash);
      cell_ptr found = index::match(seen, fresh ? fresh->key : key);
      const bool made = !found;
      typename index::plan plan{};
      if (made) {
        if (!fresh)
          fresh = std::make_shared<cell>(std::move(key), hash, next_rank());
        found = fresh;
        plan = index::prepare_link(seen, found);
      }
      visit v(*this, found);
      const std::lock_guard guard(s.lock);
      if (made)
        found->linked = s.cells.link(plan, seen, found);
      if (!found->linked)
        continue;  // others of that hash have come, or this one has gone
      const typename visit::end end(v);
      return f(found, s.shared);
    }
  }

  // The same with a cell that has something in it.
  template <class F>
  auto enter(const cell_ptr& at, F f) {
    shard& s = shard_of(at->hash);
    visit v(*this, at);
    const std::lock_guard guard(s.lock);
    const typename visit::end end(v);
    return f(at, s.shared);
  }

  static constexpr std::size_t shards = hashable<Key> ? 8 : 1;
  // Calls f(shared) with what a shard has, under its lock.
  template <class F>
  auto in_shard(std::size_t i, F f) const {
    const std::lock_guard guard(shards_[i].lock);
    return f(shards_[i].shared);
  }

 private:
  using index = std::conditional_t<hashable<Key>, hashed_cells<cell>, ordered_cells<cell>>;
  struct shard {
    mutable std::mutex lock;
    index cells;
    Shared shared{};
  };
  // Unlinks a cell that was left empty, after the lock's release.
  struct visit {
    visit(key_table& t, const cell_ptr& c) noexcept : table(t), at(c) {}
    visit(const visit&) = delete;
    ~visit() {
      if (left_empty)
        table.unlink(at);
    }
    struct end {  // under the lock
      explicit end(visit& v) noexcept : of(v) {}
      end(const end&) = delete;
      ~end() { of.left_empty = of.at->content.empty(); }
      visit& of;
    };
    key_table& table;
    const cell_ptr at;
    bool left_empty = false;
  };

  static typename index::seen look(const shard& s, std::uint64_t hash) {
    const std::lock_guard guard(s.lock);
    return s.cells.look(hash);
  }

  // Unless something has come into it meanwhile. An operator of a key's that throws here terminates.
  void unlink(const cell_ptr& c) noexcept {
    shard& s = shard_of(c->hash);
    for (;;) {
      typename index::seen seen;
      typename index::plan plan{};
      try {
        seen = look(s, c->hash);
        plan = index::prepare_unlink(seen, *c);
      } catch (const std::bad_alloc&) {
        return;  // it stays, with nothing in it
      }
      const std::lock_guard guard(s.lock);
      if (!c->linked || !c->content.empty())
        return;
      if (s.cells.unlink(plan, seen, *c)) {
        c->linked = false;
        return;
      }
    }
  }

  static std::uint64_t hash_of(const Key& key) {
    if constexpr (hashable<Key>)
      return std::hash<Key>{}(key);
    else
      return 0;
  }
  shard& shard_of(std::uint64_t hash) const noexcept { return shards_[(hash * 0x9e3779b97f4a7c15u >> 61) % shards]; }
  std::uint64_t next_rank() noexcept {
    std::uint64_t x = ranks_.fetch_add(0x9e3779b97f4a7c15u, std::memory_order_relaxed);  // relaxed: any order will do
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
  }

  mutable std::array<shard, shards> shards_;
  std::atomic<std::uint64_t> ranks_{0x9e3779b97f4a7c15u};
};

}  // namespace detail
}  // namespace brood
