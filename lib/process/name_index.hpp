// Names to values, looked up without a lock: a hash table with chains. One thread at a time changes it (the caller locks); any number
// look things up meanwhile. They never wait: who is disturbed too often is told so, and asks again under the lock.
//
// Nodes are never given back to the system and never change their capacity: what a late reader sees of one that is used again is
// another name, not garbage. Each bucket has a version. A node that leaves a chain is used again only after the version of its
// bucket has changed. So a reader that finds the same version before and after its way through the chain has seen no node that was
// used again, and its answer was right at some moment in between. A table that has become too small is replaced: the nodes get their
// places in the new one by their second link, the new one is published, then the buckets of the old one are retired. They are kept,
// for somebody may be in them.
//
// Orderings: a change of a node or of a chain is a release, a look at it an acquire. A reader that sees something of a node's next
// life has therefore seen the change of version that came before it, and its second look at the version finds that.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace brood::detail {

// The parameter is for the explorer in tests/race/model, which has atomics of its own.
template <template <class> class Atomic = std::atomic>
class name_index {
 public:
  // A name that is there, for whoever may change the index.
  class node {
   public:
    std::string name() const {
      std::string text(length_.load(std::memory_order_relaxed), '\0');
      for (std::size_t at = 0; at < text.size(); at += 8) {
        const std::uint64_t word = words()[at / 8].load(std::memory_order_relaxed);
        std::memcpy(text.data() + at, &word, std::min<std::size_t>(8, text.size() - at));
      }
      return text;
    }
    // 0: nobody finds it yet, but the name is taken.
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }
    void set_value(std::uint64_t value) noexcept { value_.store(value, std::memory_order_release); }
    std::uint64_t owner() const noexcept { return owner_; }

   private:
    friend name_index;
    friend struct debug_layout;
    explicit node(unsigned size_class) noexcept : size_class_(size_class) {}
    Atomic<std::uint64_t>* words() noexcept { return reinterpret_cast<Atomic<std::uint64_t>*>(this + 1); }
    const Atomic<std::uint64_t>* words() const noexcept { return const_cast<node*>(this)->words(); }

    bool is(std::string_view name) const noexcept {
      if (length_.load(std::memory_order_acquire) != name.size())
        return false;
      for (std::size_t at = 0; at < name.size(); at += 8)
        if (words()[at / 8].load(std::memory_order_acquire) != word_at(name, at))
          return false;
      return true;
    }

    Atomic<node*> next_[2];  // by the table that the chain belongs to
    Atomic<std::uint64_t> hash_{0}, value_{0}, length_{0};
    std::uint64_t owner_ = 0;
    const unsigned size_class_;
    node* next_free_ = nullptr;
    node* next_made_ = nullptr;
  };

  // `buckets`: a power of two.
  explicit name_index(std::size_t buckets = 64) { table_.store(add_table(buckets, 0), std::memory_order_release); }
  name_index(const name_index&) = delete;
  name_index& operator=(const name_index&) = delete;
  ~name_index() {
    while (node* n = made_) {
      made_ = n->next_made_;
      std::destroy_n(n->words(), capacity(n->size_class_));
      n->~node();
      ::operator delete(n);
    }
  }

  // Any thread. 0: nobody. Empty: disturbed too often.
  std::optional<std::uint64_t> find(std::string_view name, std::uint64_t hash) const noexcept {
    for (int looks = 0; looks < most_looks; ++looks) {
      const table& t = *table_.load(std::memory_order_acquire);
      const bucket& b = t.of(hash);
      const std::uint64_t version = b.version.load(std::memory_order_acquire);
      const node* n = b.first.load(std::memory_order_acquire);
      while (n && !(n->hash_.load(std::memory_order_acquire) == hash && n->is(name))) {
        if (b.version.load(std::memory_order_relaxed) != version)
          break;
        n = n->next_[t.link].load(std::memory_order_acquire);
      }
      const std::uint64_t value = n ? n->value_.load(std::memory_order_acquire) : 0;
      if (version != retired && b.version.load(std::memory_order_relaxed) == version)
        return value;
    }
    return std::nullopt;
  }

  // The rest is for one thread at a time.

  node* get(std::string_view name, std::uint64_t hash) const noexcept {
    const table& t = *newest_;
    node* n = t.of(hash).first.load(std::memory_order_relaxed);
    while (n && !(n->hash_.load(std::memory_order_relaxed) == hash && n->is(name)))
      n = n->next_[t.link].load(std::memory_order_relaxed);
    return n;
  }
  // A name that is not there. Throws std::bad_alloc, and has then done nothing.
  node& add(std::string_view name, std::uint64_t hash, std::uint64_t owner, std::uint64_t value) {
    node& n = take_node(name.size());
    if (size_ >= newest_->size())
      grow();
    n.hash_.store(hash, std::memory_order_release);
    n.length_.store(name.size(), std::memory_order_release);
    for (std::size_t at = 0; at < name.size(); at += 8)
      n.words()[at / 8].store(word_at(name, at), std::memory_order_release);
    n.set_value(value);
    n.owner_ = owner;
    put_first(*newest_, n);
    ++size_;
    return n;
  }
  void remove(node& n) noexcept {
    table& t = *newest_;
    bucket& b = t.of(n.hash_.load(std::memory_order_relaxed));
    Atomic<node*>* at = &b.first;
    for (node* other; (other = at->load(std::memory_order_relaxed)) != &n;)
      at = &other->next_[t.link];
    at->store(n.next_[t.link].load(std::memory_order_relaxed), std::memory_order_release);
    b.version.store(b.version.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    n.next_free_ = std::exchange(free_[n.size_class_], &n);
    --size_;
  }
  std::size_t size() const noexcept { return size_; }

 private:
  friend struct debug_layout;
  static constexpr int most_looks = 16;
  static constexpr std::uint64_t retired = ~std::uint64_t{0};

  struct bucket {
    Atomic<std::uint64_t> version{0};
    Atomic<node*> first{nullptr};
  };
  struct table {
    table(std::size_t count, unsigned l) : buckets(new bucket[count]), mask(count - 1), link(l) {}
    bucket& of(std::uint64_t hash) const noexcept { return buckets[hash & mask]; }
    std::size_t size() const noexcept { return mask + 1; }
    const std::unique_ptr<bucket[]> buckets;
    const std::size_t mask;
    const unsigned link;
  };

  static std::uint64_t word_at(std::string_view name, std::size_t at) noexcept {
    std::uint64_t word = 0;
    if (name.size() - at >= 8)
      std::memcpy(&word, name.data() + at, 8);
    else
      std::memcpy(&word, name.data() + at, name.size() - at);
    return word;
  }
  // In words: 4, 8, 16…
  static std::size_t capacity(unsigned size_class) noexcept { return std::size_t{4} << size_class; }
  static unsigned class_of(std::size_t bytes) noexcept { return static_cast<unsigned>(std::bit_width((bytes - 1) / 32)); }

  node& take_node(std::size_t bytes) {
    const unsigned size_class = class_of(bytes);
    if (free_[size_class] == nullptr)
      free_[size_class] = make_node(size_class);
    node* const n = free_[size_class];
    free_[size_class] = n->next_free_;
    return *n;
  }
  node* make_node(unsigned size_class) {
    const std::size_t words = capacity(size_class);
    auto* const n = ::new (::operator new(sizeof(node) + words * sizeof(Atomic<std::uint64_t>))) node(size_class);
    for (std::size_t i = 0; i < words; ++i)
      ::new (n->words() + i) Atomic<std::uint64_t>(0);
    n->next_made_ = std::exchange(made_, n);
    return n;
  }

  static void put_first(table& t, node& n) noexcept {
    bucket& b = t.of(n.hash_.load(std::memory_order_relaxed));
    n.next_[t.link].store(b.first.load(std::memory_order_relaxed), std::memory_order_release);
    b.first.store(&n, std::memory_order_release);
  }

  table* add_table(std::size_t buckets, unsigned link) {
    tables_.push_back(std::make_unique<table>(buckets, link));
    return newest_ = tables_.back().get();
  }
  // Without memory for a larger one the old one serves on.
  void grow() noexcept {
    table& old = *newest_;
    try {
      add_table(old.size() * 2, 1 - old.link);
    } catch (const std::bad_alloc&) {
      return;
    }
    for (std::size_t i = 0; i < old.size(); ++i)
      for (node* n = old.buckets[i].first.load(std::memory_order_relaxed); n;
           n = n->next_[old.link].load(std::memory_order_relaxed))
        put_first(*newest_, *n);
    table_.store(newest_, std::memory_order_release);
    for (std::size_t i = 0; i < old.size(); ++i)
      old.buckets[i].version.store(retired, std::memory_order_release);
  }

  std::vector<std::unique_ptr<table>> tables_;
  table* newest_ = nullptr;
  Atomic<table*> table_{nullptr};
  std::size_t size_ = 0;
  std::array<node*, 60> free_{};  // by size class
  node* made_ = nullptr;  // all there are
};

}  // namespace brood::detail
