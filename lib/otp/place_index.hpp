// Finds places (small numbers) by keys that the places themselves hold: four bytes an entry.
//
// Open addressing, linear probing, backward-shift deletion. `Keys` knows the keys: hash(place), and whatever `same` compares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace brood::detail {

using place = std::uint32_t;
inline constexpr place nowhere = ~place{0};

class place_index {
 public:
  // The place whose key has this hash and for which `same` holds; else nowhere.
  template <class Same>
  place find(std::size_t hash, Same same) const {
    if (size_ == 0)
      return nowhere;
    for (std::size_t i = hash & mask();; i = (i + 1) & mask()) {
      if (cells_[i] == nowhere || same(cells_[i]))
        return cells_[i];
    }
  }

  // `hash_of` tells the hash of every place here, the new one included.
  template <class HashOf>
  void insert(place p, HashOf hash_of) {
    if ((size_ + 1) * 4 > cells_.size() * 3) {
      const std::vector<place> old = std::exchange(cells_, std::vector<place>(cells_.empty() ? 8 : cells_.size() * 2, nowhere));
      for (const place q : old)
        if (q != nowhere)
          put_in(q, hash_of(q));
    }
    put_in(p, hash_of(p));
    ++size_;
  }

  template <class HashOf>
  void erase(place p, HashOf hash_of) {
    std::size_t hole = hash_of(p) & mask();
    while (cells_[hole] != p)
      hole = (hole + 1) & mask();
    for (std::size_t i = (hole + 1) & mask(); cells_[i] != nowhere; i = (i + 1) & mask()) {
      // What stands further from its home than the hole does may move there.
      if (((i - hash_of(cells_[i])) & mask()) >= ((i - hole) & mask()))
        cells_[std::exchange(hole, i)] = cells_[i];
    }
    cells_[hole] = nowhere;
    --size_;
  }

 private:
  std::size_t mask() const noexcept { return cells_.size() - 1; }
  void put_in(place p, std::size_t hash) {
    std::size_t i = hash & mask();
    while (cells_[i] != nowhere)
      i = (i + 1) & mask();
    cells_[i] = p;
  }

  std::vector<place> cells_;  // empty, or a power of two
  std::size_t size_ = 0;
};

}  // namespace brood::detail
