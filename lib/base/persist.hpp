// For what may not fail: the news of a death, a wake-up, an answer. Without memory the thread waits for some, and tries again.
#pragma once

#include <new>
#include <thread>

namespace brood::detail {

// f throws nothing but std::bad_alloc, and may be called again after it has.
template <class F>
auto persist(F&& f) noexcept {
  for (;;) {
    try {
      return f();
    } catch (const std::bad_alloc&) {
      std::this_thread::yield();
    }
  }
}

}  // namespace brood::detail
