// Keys entered and left by threads at once: a key has one cell, whoever made it, and none when nothing is in it.
#include "catch.hpp"

#include <brood/detail/key_table.hpp>

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

using namespace brood::detail;

namespace {

struct hashed {
  int number;
  friend bool operator==(const hashed&, const hashed&) = default;
};
struct ordered {
  int number;
  friend bool operator<(const ordered& a, const ordered& b) { return a.number < b.number; }
};

struct counted_here {
  int inside = 0;
  bool empty() const noexcept { return inside == 0; }
};

// How often each key was entered and not left is counted in its cell: two cells of one key would share the count between them.
template <class Key>
void enter_and_leave() {
  constexpr int keys = 12, rounds = 4000;
  using table = key_table<Key, counted_here>;
  table all;
  std::atomic<int> wrong{0};
  const auto work = [&](unsigned seed) {
    std::vector<typename table::cell_ptr> mine(keys);
    for (int i = 0; i < rounds; ++i) {
      seed = seed * 1664525u + 1013904223u;
      const int k = static_cast<int>((seed >> 16) % keys);
      typename table::cell_ptr& at = mine[static_cast<std::size_t>(k)];
      if (at) {
        wrong += all.find(Key{k}) != at;  // it stays as long as somebody is in it
        all.enter(at, [](const auto& cell, auto&) { --cell->content.inside; });
        at = nullptr;
      } else {
        all.enter(Key{k}, [&](const auto& cell, auto&) {
          ++cell->content.inside;
          at = cell;
        });
      }
    }
    for (const auto& at : mine)
      if (at)
        all.enter(at, [](const auto& cell, auto&) { --cell->content.inside; });
  };
  std::thread one(work, 1u), other(work, 2u), third(work, 3u);
  one.join();
  other.join();
  third.join();
  CHECK(wrong == 0);
  for (int k = 0; k < keys; ++k)
    CHECK(all.find(Key{k}) == nullptr);
}

// A key during whose move something happens, once: between the look at the table and the linking of the key's cell.
struct meanwhile {
  static inline std::function<void()> happens;
  int number;
  explicit meanwhile(int n) noexcept : number(n) {}
  meanwhile(const meanwhile&) = default;
  meanwhile(meanwhile&& other) noexcept : number(other.number) {
    if (const auto f = std::exchange(happens, nullptr))
      f();
  }
};
struct hashed_meanwhile : meanwhile {
  using meanwhile::meanwhile;
  friend bool operator==(const hashed_meanwhile& a, const hashed_meanwhile& b) { return a.number == b.number; }
};
struct ordered_meanwhile : meanwhile {
  using meanwhile::meanwhile;
  friend bool operator<(const ordered_meanwhile& a, const ordered_meanwhile& b) { return a.number < b.number; }
};

template <class Key>
void enter_while_entered() {
  key_table<Key, counted_here> all;
  const auto once = [](const auto& cell, auto&) {
    ++cell->content.inside;
    return cell;
  };
  Key outer(1);
  typename key_table<Key, counted_here>::cell_ptr inner;
  Key::happens = [&] {
    const Key same(1);
    inner = all.enter(same, once);  // the other comes first
  };
  const auto cell = all.enter(outer, once);
  CHECK_FALSE(Key::happens);
  CHECK(cell == inner);
  CHECK(cell->content.inside == 2);
  CHECK(all.find(Key(1)) == cell);
}

}  // namespace

template <>
struct std::hash<hashed_meanwhile> {
  std::size_t operator()(const hashed_meanwhile& k) const noexcept { return static_cast<std::size_t>(k.number); }
};
template <>
struct std::hash<hashed> {
  std::size_t operator()(const hashed& k) const noexcept { return static_cast<std::size_t>(k.number % 3); }
};

TEST_CASE("key table: threads enter and leave keys with a hash, many of the same") { enter_and_leave<hashed>(); }

TEST_CASE("key table: threads enter and leave keys that have < only") { enter_and_leave<ordered>(); }

TEST_CASE("key table: who finds no cell, and somebody else makes one meanwhile, finds that") {
  enter_while_entered<hashed_meanwhile>();
  enter_while_entered<ordered_meanwhile>();
}
