// What a full run ring spills: batches of half a ring, stealable, under a spinlock that is taken once a batch.
//
// Mostly the newest batch is taken first: a process that spawns a tree then explores it depth first, with few alive at a time.
// Every eighth time it is the oldest, so that nobody waits for ever.
#pragma once

#include "base/persist.hpp"
#include "base/spinlock.hpp"
#include "sched/runnable.hpp"

#include <brood/detail/memory.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <new>

namespace brood::detail {

class overflow_batches {
 public:
  static constexpr std::size_t batch_size = 120;  // with what a node adds, in a slab's block of 1 KiB
  struct batch {
    std::size_t count = 0;
    runnable* items[batch_size];
  };

  overflow_batches() noexcept { ends_.older = ends_.newer = &ends_; }
  overflow_batches(const overflow_batches&) = delete;
  overflow_batches& operator=(const overflow_batches&) = delete;
  ~overflow_batches() {
    for (batch rest; take(rest);) {}
  }

  void put(const batch& b) noexcept {
    node* const n = persist([] { return ::new (allocate(sizeof(node))) node; });
    copy(b, n->entries);
    std::lock_guard guard(lock_);
    n->older = ends_.older;
    n->newer = &ends_;
    n->older->newer = ends_.older = n;
    count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // False: there is none.
  bool take(batch& out) noexcept {
    node* const n = empty() ? nullptr : unlink();
    if (n == nullptr)
      return false;
    copy(n->entries, out);
    deallocate(n, sizeof(node));
    return true;
  }

  bool empty() const noexcept { return count_.load(std::memory_order_acquire) == 0; }

 private:
  friend struct debug_layout;
  struct link {
    link* older;
    link* newer;
  };
  struct node : link {
    batch entries;
  };

  static void copy(const batch& from, batch& to) noexcept {
    to.count = from.count;
    std::copy_n(from.items, from.count, to.items);
  }

  node* unlink() noexcept {
    std::lock_guard guard(lock_);
    if (ends_.older == &ends_)
      return nullptr;
    link* const l = ++taken_ % 8 == 0 ? ends_.newer : ends_.older;
    l->older->newer = l->newer;
    l->newer->older = l->older;
    count_.store(count_.load(std::memory_order_relaxed) - 1, std::memory_order_release);
    return static_cast<node*>(l);
  }

  spinlock lock_;
  link ends_;  // a ring: older than the oldest and newer than the newest
  std::size_t taken_ = 0;
  std::atomic<std::size_t> count_{0};
};

}  // namespace brood::detail
