// Cells by key: how they are found, linked and unlinked without running any code of the key's while the caller holds its lock.
//
//   look      under the lock    takes along what may be the key's cell
//   match     outside           compares keys
//   prepare   outside           gets a new cell's, or a cell's going, ready
//   link, unlink                under the lock; refuse when what was seen is no longer so: look again
//
// What these return or swap out is destroyed outside the lock, too: keys have destructors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

template <class Key>
concept hashable = requires(const Key& k) { std::hash<Key>{}(k); };

// Keys with std::hash and ==.
template <class Cell>
class hashed_cells {
  using cell_ptr = std::shared_ptr<Cell>;

 public:
  struct seen {  // all of the same hash
    cell_ptr first;
    std::vector<cell_ptr> more;
  };
  struct plan {};

  hashed_cells() = default;
  hashed_cells(const hashed_cells&) = delete;
  ~hashed_cells() {
    for (cell_ptr& chain : buckets_)
      while (chain)
        chain = std::exchange(chain->next, nullptr);
  }

  seen look(std::uint64_t hash) const {
    seen s;
    if (!buckets_.empty())
      for (const cell_ptr* c = &buckets_[place(hash)]; *c; c = &(*c)->next)
        if ((*c)->hash == hash)
          s.first ? s.more.push_back(*c) : static_cast<void>(s.first = *c);
    return s;
  }
  template <class Key>
  static cell_ptr match(const seen& s, const Key& key) {
    if (s.first && s.first->key == key)
      return s.first;
    for (const cell_ptr& c : s.more)
      if (c->key == key)
        return c;
    return nullptr;
  }

  static plan prepare_link(const seen&, const cell_ptr&) { return {}; }
  bool link(plan&, const seen& s, const cell_ptr& c) {
    if (size_ >= buckets_.size())
      grow();
    cell_ptr& chain = buckets_[place(c->hash)];
    for (const Cell* other = chain.get(); other; other = other->next.get())
      if (other->hash == c->hash && !was_seen(s, other))
        return false;
    c->next = std::exchange(chain, c);
    ++size_;
    return true;
  }
  static plan prepare_unlink(const seen&, const Cell&) { return {}; }
  bool unlink(plan&, const seen&, const Cell& c) noexcept {
    cell_ptr* at = &buckets_[place(c.hash)];
    while (at->get() != &c)
      at = &(*at)->next;
    const cell_ptr gone = *at;  // whoever calls this has another
    *at = std::exchange(gone->next, nullptr);
    --size_;
    return true;
  }

 private:
  static bool was_seen(const seen& s, const Cell* c) noexcept {
    bool found = s.first.get() == c;
    for (const cell_ptr& other : s.more)
      found = found || other.get() == c;
    return found;
  }
  std::size_t place(std::uint64_t hash) const noexcept { return (hash * 0x9e3779b97f4a7c15u >> 29) & (buckets_.size() - 1); }
  void grow() {
    std::vector<cell_ptr> old(buckets_.empty() ? 8 : buckets_.size() * 2);
    old.swap(buckets_);
    for (cell_ptr& chain : old)
      while (chain) {
        cell_ptr c = std::exchange(chain, chain->next);
        c->next = std::exchange(buckets_[place(c->hash)], c);
      }
  }

  std::vector<cell_ptr> buckets_;  // a power of two
  std::size_t size_ = 0;
};

// Keys with < only: a treap whose nodes never change. A change makes the nodes on its way anew, and then one pointer is swapped.
template <class Cell>
class ordered_cells {
  using cell_ptr = std::shared_ptr<Cell>;
  struct node;
  using node_ptr = std::shared_ptr<const node>;
  struct node {
    cell_ptr cell;
    node_ptr left, right;
  };

 public:
  using seen = node_ptr;
  using plan = node_ptr;

  seen look(std::uint64_t) const noexcept { return root_; }
  template <class Key>
  static cell_ptr match(const seen& s, const Key& key) {
    const node* n = s.get();
    while (n)
      if (key < n->cell->key)
        n = n->left.get();
      else if (n->cell->key < key)
        n = n->right.get();
      else
        return n->cell;
    return nullptr;
  }

  static plan prepare_link(const seen& s, const cell_ptr& c) { return with(s, c); }
  bool link(plan& p, const seen& s, const cell_ptr&) noexcept { return replace(p, s); }
  static plan prepare_unlink(const seen& s, const Cell& c) { return without(s, c); }
  bool unlink(plan& p, const seen& s, const Cell&) noexcept { return replace(p, s); }

 private:
  bool replace(plan& p, const seen& s) noexcept {
    if (root_ != s)
      return false;
    root_.swap(p);
    return true;
  }
  static node_ptr make(const cell_ptr& c, node_ptr left, node_ptr right) {
    return std::make_shared<const node>(node{c, std::move(left), std::move(right)});
  }
  // Cells have random ranks: the highest is on top, and so everywhere below.
  static node_ptr with(const node_ptr& n, const cell_ptr& c) {
    if (!n || n->cell->rank < c->rank) {
      auto [left, right] = split(n, *c);
      return make(c, std::move(left), std::move(right));
    }
    return c->key < n->cell->key ? make(n->cell, with(n->left, c), n->right) : make(n->cell, n->left, with(n->right, c));
  }
  static node_ptr without(const node_ptr& n, const Cell& c) {
    if (!n)
      return nullptr;
    if (n->cell.get() == &c)
      return merge(n->left, n->right);
    return c.key < n->cell->key ? make(n->cell, without(n->left, c), n->right) : make(n->cell, n->left, without(n->right, c));
  }
  static std::pair<node_ptr, node_ptr> split(const node_ptr& n, const Cell& at) {
    if (!n)
      return {};
    if (at.key < n->cell->key) {
      auto [left, right] = split(n->left, at);
      return {std::move(left), make(n->cell, std::move(right), n->right)};
    }
    auto [left, right] = split(n->right, at);
    return {make(n->cell, n->left, std::move(left)), std::move(right)};
  }
  static node_ptr merge(const node_ptr& left, const node_ptr& right) {
    if (!left || !right)
      return left ? left : right;
    return left->cell->rank < right->cell->rank ? make(right->cell, merge(left, right->left), right->right)
                                                : make(left->cell, left->left, merge(left->right, right));
  }

  node_ptr root_;
};

}  // namespace detail
}  // namespace brood
