// Free control blocks, in rows that need no memory but theirs: linked through the space of their closures.
#pragma once

#include "process/process_control.hpp"

#include <cstddef>
#include <utility>

namespace brood::detail {

// First in, first out.
class slot_chain {
 public:
  slot_chain() = default;

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }

  void push(process_control* p) noexcept {
    links_of(*p).next = nullptr;
    append({p, p, 1});
  }
  // Not from an empty one.
  process_control* pop() noexcept {
    --size_;
    return std::exchange(first_, links_of(*first_).next);
  }
  void append(slot_chain more) noexcept {
    if (more.empty())
      return;
    (empty() ? first_ : links_of(*last_).next) = more.first_;
    last_ = more.last_;
    size_ += more.size_;
  }

 private:
  friend class chain_stack;
  struct links {
    process_control* next;
    // Of the first of a chain on a stack:
    process_control* last;
    process_control* next_chain;
    std::size_t size;
  };
  static_assert(sizeof(links) <= process_control::inline_closure);
  static links& links_of(process_control& p) noexcept { return *reinterpret_cast<links*>(p.closure_space); }

  slot_chain(process_control* first, process_control* last, std::size_t size) noexcept : first_(first), last_(last), size_(size) {}

  process_control* first_ = nullptr;
  process_control* last_ = nullptr;
  std::size_t size_ = 0;
};

// Chains, none empty; the last comes back first.
class chain_stack {
 public:
  void push(slot_chain chain) noexcept {
    slot_chain::links& l = slot_chain::links_of(*chain.first_);
    l.last = chain.last_;
    l.size = chain.size_;
    l.next_chain = std::exchange(top_, chain.first_);
  }
  // Empty: there is none.
  slot_chain pop() noexcept {
    if (top_ == nullptr)
      return {};
    const slot_chain::links& l = slot_chain::links_of(*top_);
    return {std::exchange(top_, l.next_chain), l.last, l.size};
  }
  void clear() noexcept { top_ = nullptr; }

 private:
  process_control* top_ = nullptr;
};

}  // namespace brood::detail
