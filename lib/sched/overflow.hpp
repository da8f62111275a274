// What a full run ring spills: batches of half a ring, stealable, under a spinlock that is taken once a batch.
//
// The oldest comes back first, so that those that wait take turns. But the newest does if a newborn spilled it: a process that spawns
// a tree then explores it depth first, with few alive at a time. Thieves take the oldest, and now and then its own worker, too.
#pragma once

#include "base/persist.hpp"
#include "base/spinlock.hpp"
#include "sched/runnable.hpp"

#include <brood/detail/memory.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

namespace brood::detail {

class overflow_batches {
 public:
  static constexpr std::size_t batch_size = 120;  // with what a node adds, in a slab's block of 1 KiB
  struct batch {
    std::uint32_t count = 0;
    bool newborn = false;  // the last
    runnable* items[batch_size];
  };
  enum class end : std::uint8_t { oldest, newest };

  overflow_batches() noexcept { ends_.older = ends_.newer = &ends_; }
  overflow_batches(const overflow_batches&) = delete;
  overflow_batches& operator=(const overflow_batches&) = delete;
  ~overflow_batches() {
    for (batch rest; take_oldest(rest);) {}
  }

  void put(const batch& b, end where) noexcept {
    node* const n = persist([] { return ::new (allocate(sizeof(node))) node; });
    copy(b, n->entries);
    std::lock_guard guard(lock_);
    n->older = where == end::newest ? ends_.older : &ends_;
    n->newer = n->older->newer;
    n->older->newer = n->newer->older = n;
    count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // To the newest batch, or as one of its own.
  void append(runnable* r) noexcept {
    {
      std::lock_guard guard(lock_);
      if (ends_.older != &ends_)
        if (batch& newest = static_cast<node*>(ends_.older)->entries; newest.count < batch_size && !newest.newborn) {
          newest.items[newest.count++] = r;
          return;
        }
    }
    batch b;
    b.items[b.count++] = r;
    put(b, end::newest);
  }

  // Whose turn it is; and from which end that was. False: there is none.
  bool take_next(batch& out, end& where) noexcept {
    return take(out, [&where](const batch& newest) { return where = newest.newborn ? end::newest : end::oldest; });
  }
  bool take_oldest(batch& out) noexcept {
    return take(out, [](const batch&) { return end::oldest; });
  }

  bool empty() const noexcept { return count_.load(std::memory_order_acquire) == 0; }

 private:
  struct link {
    link* older;
    link* newer;
  };
  struct node : link {
    batch entries;
  };

  static void copy(const batch& from, batch& to) noexcept {
    to.count = from.count;
    to.newborn = from.newborn;
    std::copy_n(from.items, from.count, to.items);
  }

  template <class Choose>
  bool take(batch& out, Choose choose) noexcept {
    node* const n = empty() ? nullptr : unlink(choose);
    if (n == nullptr)
      return false;
    copy(n->entries, out);
    deallocate(n, sizeof(node));
    return true;
  }

  template <class Choose>
  node* unlink(Choose choose) noexcept {
    std::lock_guard guard(lock_);
    if (ends_.older == &ends_)
      return nullptr;
    auto* const newest = static_cast<node*>(ends_.older);
    link* const l = choose(newest->entries) == end::newest ? newest : ends_.newer;
    l->older->newer = l->newer;
    l->newer->older = l->older;
    count_.store(count_.load(std::memory_order_relaxed) - 1, std::memory_order_release);
    return static_cast<node*>(l);
  }

  spinlock lock_;
  link ends_;  // a ring: older than the oldest and newer than the newest
  std::atomic<std::size_t> count_{0};
};

}  // namespace brood::detail
