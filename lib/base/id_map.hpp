// A map from non-zero 64-bit ids to trivially copyable values: links, monitors, aliases of a process.
//
// Entries lie in the order of their insertion, and death goes through them in that order: who was linked one after the other was
// mostly spawned one after the other, so telling a million of them walks through memory instead of jumping about in it. Up to
// `unindexed` entries are searched one by one; more have an index, a hash table of positions (linear probing, backward-shift
// deletion). An erased entry leaves a hole; holes go when the block is full. Empty: one pointer-sized header. Owner-only.
#pragma once

#include <brood/detail/memory.hpp>

#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace brood::detail {

template <class Value>
class id_map {
  static_assert(std::is_trivially_copyable_v<Value>);

 public:
  struct entry {
    std::uint64_t id;
    [[no_unique_address]] Value value;
  };

  id_map() noexcept = default;
  id_map(const id_map&) = delete;
  id_map& operator=(const id_map&) = delete;
  ~id_map() { release(); }

  Value* find(std::uint64_t id) noexcept {
    const std::uint32_t at = position(id);
    return at == none ? nullptr : &entries_[at].value;
  }

  // The id must not be there.
  Value& insert(std::uint64_t id, Value value) {
    if (used_ == capacity_)
      make_room();
    const std::uint32_t at = used_++;
    ++size_;
    entries_[at] = entry{id, value};
    if (indexed())
      enter(at);
    return entries_[at].value;
  }

  bool erase(std::uint64_t id) noexcept {
    const std::uint32_t at = position(id);
    if (at == none)
      return false;
    if (indexed())
      leave(at);
    entries_[at].id = 0;
    --size_;
    while (used_ > 0 && entries_[used_ - 1].id == 0)
      --used_;
    return true;
  }

  // Takes the oldest entry at or after the cursor out; for exit work that has to pause. False when there is none. Once it has been
  // used, nothing but pop, size and release is allowed.
  bool pop(entry& out, std::uint32_t& cursor) noexcept {
    while (cursor < used_) {
      const entry& e = entries_[cursor++];
      if (e.id != 0) {
        out = e;
        --size_;
        return true;
      }
    }
    return false;
  }

  template <class F>
  void for_each(F&& f) const {
    for (std::uint32_t i = 0; i < used_; ++i)
      if (entries_[i].id != 0)
        f(entries_[i].id, entries_[i].value);
  }

  std::uint32_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return bytes_for(capacity_); }

  void release() noexcept {
    if (entries_)
      deallocate(entries_, bytes());
    entries_ = nullptr;
    size_ = used_ = capacity_ = 0;
  }

 private:
  static constexpr std::uint32_t unindexed = 8;
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  // The index lies behind the entries: twice as many slots, so a search always meets a gap. A slot holds a position plus one; 0: free.
  static std::size_t bytes_for(std::uint32_t capacity) noexcept {
    return capacity * sizeof(entry) + (capacity > unindexed ? 2 * capacity * sizeof(std::uint32_t) : 0);
  }
  bool indexed() const noexcept { return capacity_ > unindexed; }
  std::uint32_t* index() const noexcept { return reinterpret_cast<std::uint32_t*>(entries_ + capacity_); }
  std::uint32_t index_slots() const noexcept { return 2 * capacity_; }
  std::uint32_t home(std::uint64_t id) const noexcept {
    return static_cast<std::uint32_t>((id * 0x9e3779b97f4a7c15u) >> 32) & (index_slots() - 1);
  }
  std::uint32_t next(std::uint32_t slot) const noexcept { return (slot + 1) & (index_slots() - 1); }

  std::uint32_t position(std::uint64_t id) const noexcept {
    if (size_ == 0)
      return none;
    if (!indexed()) {
      for (std::uint32_t i = 0; i < used_; ++i)
        if (entries_[i].id == id)
          return i;
      return none;
    }
    for (std::uint32_t slot = home(id); index()[slot] != 0; slot = next(slot))
      if (entries_[index()[slot] - 1].id == id)
        return index()[slot] - 1;
    return none;
  }

  void enter(std::uint32_t at) noexcept {
    std::uint32_t slot = home(entries_[at].id);
    while (index()[slot] != 0)
      slot = next(slot);
    index()[slot] = at + 1;
  }

  void leave(std::uint32_t at) noexcept {
    std::uint32_t hole = home(entries_[at].id);
    while (index()[hole] != at + 1)
      hole = next(hole);
    for (std::uint32_t slot = next(hole); index()[slot] != 0; slot = next(slot)) {
      // What lies here may move into the hole unless its home lies between the hole and itself.
      const std::uint32_t mask = index_slots() - 1;
      if (((slot - home(entries_[index()[slot] - 1].id)) & mask) >= ((slot - hole) & mask)) {
        index()[hole] = index()[slot];
        hole = slot;
      }
    }
    index()[hole] = 0;
  }

  // Full: with as many holes as entries the entries move together, else into a block of twice the size.
  void make_room() {
    const std::uint32_t wanted = capacity_ == 0 ? 2 : size_ <= capacity_ / 2 ? capacity_ : 2 * capacity_;
    auto* fresh = wanted == capacity_ ? entries_ : static_cast<entry*>(allocate(bytes_for(wanted)));
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < used_; ++i)
      if (entries_[i].id != 0)
        fresh[kept++] = entries_[i];
    if (fresh != entries_) {
      const std::uint32_t size = size_;
      release();
      entries_ = fresh;
      capacity_ = wanted;
      size_ = size;
    }
    used_ = kept;
    if (!indexed())
      return;
    std::memset(index(), 0, index_slots() * sizeof(std::uint32_t));
    for (std::uint32_t i = 0; i < used_; ++i)
      enter(i);
  }

  entry* entries_ = nullptr;
  std::uint32_t size_ = 0;  // entries
  std::uint32_t used_ = 0;  // and the holes between them
  std::uint32_t capacity_ = 0;
};

}  // namespace brood::detail
