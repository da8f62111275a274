// A small hash map from non-zero 64-bit ids to trivially copyable values: links, monitors, aliases of a process.
//
// One pointer-sized header when empty, one block of 16-byte-ish entries when not; open addressing, linear probing, backward-shift
// deletion (no tombstones: memory stays proportional through any churn). Owner-only.
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
    if (size_ == 0)
      return nullptr;
    for (std::uint32_t i = home(id);; i = next(i)) {
      if (entries_[i].id == id)
        return &entries_[i].value;
      if (entries_[i].id == 0)
        return nullptr;
    }
  }

  // The id must not be there.
  Value& insert(std::uint64_t id, Value value) {
    if ((size_ + 1) * 5 > capacity_ * 4)  // at most four fifths full, so a search always meets a gap
      grow();
    ++size_;
    std::uint32_t i = home(id);
    while (entries_[i].id != 0)
      i = next(i);
    entries_[i] = entry{id, value};
    return entries_[i].value;
  }

  bool erase(std::uint64_t id) noexcept {
    if (size_ == 0)
      return false;
    std::uint32_t i = home(id);
    while (entries_[i].id != id) {
      if (entries_[i].id == 0)
        return false;
      i = next(i);
    }
    for (std::uint32_t j = next(i); entries_[j].id != 0; j = next(j)) {
      // An entry may move into the hole unless its home lies between the hole and itself.
      if (((j - home(entries_[j].id)) & (capacity_ - 1)) >= ((j - i) & (capacity_ - 1))) {
        entries_[i] = entries_[j];
        i = j;
      }
    }
    entries_[i].id = 0;
    --size_;
    return true;
  }

  // Takes some entry out; for exit work that has to pause. False when empty.
  bool pop(entry& out, std::uint32_t& cursor) noexcept {
    while (cursor < capacity_) {
      if (entries_[cursor].id != 0) {
        out = entries_[cursor++];
        --size_;
        return true;
      }
      ++cursor;
    }
    return false;
  }

  template <class F>
  void for_each(F&& f) const {
    for (std::uint32_t i = 0; i < capacity_; ++i)
      if (entries_[i].id != 0)
        f(entries_[i].id, entries_[i].value);
  }

  std::uint32_t size() const noexcept { return size_; }
  std::size_t bytes() const noexcept { return capacity_ * sizeof(entry); }

  void release() noexcept {
    if (entries_)
      deallocate(entries_, capacity_ * sizeof(entry));
    entries_ = nullptr;
    size_ = capacity_ = 0;
  }

 private:
  std::uint32_t home(std::uint64_t id) const noexcept {
    return static_cast<std::uint32_t>((id * 0x9e3779b97f4a7c15u) >> 32) & (capacity_ - 1);
  }
  std::uint32_t next(std::uint32_t i) const noexcept { return (i + 1) & (capacity_ - 1); }

  void grow() {
    const std::uint32_t old_capacity = capacity_;
    entry* old = entries_;
    const std::uint32_t wanted = old_capacity == 0 ? 2 : old_capacity * 2;
    auto* fresh = static_cast<entry*>(allocate(wanted * sizeof(entry)));
    std::memset(static_cast<void*>(fresh), 0, wanted * sizeof(entry));
    entries_ = fresh;
    capacity_ = wanted;
    for (std::uint32_t i = 0; i < old_capacity; ++i)
      if (old[i].id != 0) {
        std::uint32_t j = home(old[i].id);
        while (entries_[j].id != 0)
          j = next(j);
        entries_[j] = old[i];
      }
    if (old)
      deallocate(old, old_capacity * sizeof(entry));
  }

  entry* entries_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace brood::detail
