// The messages a process has taken in and not received yet: oldest first, with the save pointer of the scan.
//
// Owner-only. `save` is where the running receive goes on looking: everything before it did not match.
#pragma once

#include "mailbox/scan_marks.hpp"

#include <brood/detail/envelope.hpp>

#include <cstdint>
#include <new>
#include <utility>

namespace brood::detail {

class message_queue {
 public:
  message_queue() noexcept = default;
  message_queue(const message_queue&) = delete;

  void append(envelope* e) noexcept {
    e->next = nullptr;
    *tail_ = e;
    tail_ = &e->next;
    ++count_;
  }

  // A list of n, linked already, whose last one is `last`.
  void append(envelope* oldest, envelope* last, std::uint32_t n) noexcept {
    last->next = nullptr;
    *tail_ = oldest;
    tail_ = &last->next;
    count_ += n;
  }

  envelope** first() noexcept { return &head_; }
  envelope* const* first() const noexcept { return &head_; }
  envelope** end() noexcept { return tail_; }
  void restart() noexcept { save_ = &head_; }
  envelope**& save() noexcept { return save_; }
  bool fully_scanned() const noexcept { return *save_ == nullptr; }

  // Unlinks *at.
  envelope* remove(envelope** at) noexcept {
    envelope* e = *at;
    *at = e->next;
    if (tail_ == &e->next)
      tail_ = at;
    if (save_ == &e->next)
      save_ = at;
    if (marks_) [[unlikely]]
      unlinked(&e->next, at);
    --count_;
    return e;
  }

  envelope* pop() noexcept { return head_ ? remove(&head_) : nullptr; }

  // Marks pay when so many messages would be looked at for nothing.
  static constexpr std::uint32_t worth_marking = 64;

  bool marked() const noexcept { return marks_ != nullptr; }
  // Where a look for this begins: everything before it is known not to be it.
  envelope** start_of(scan_marks::sought what) noexcept {
    envelope** const at = marks_ ? marks_->find(what) : nullptr;
    return at ? at : &head_;
  }
  // This reference was made now: what is here can't hold it.
  void note_reference(std::uint64_t number) noexcept {
    if (count_ >= worth_marking) [[unlikely]]
      mark_end(number);
  }
  // From `from` to `to` nothing was found. `types_absent`: nor a message of any type that the expression takes; else its guards may
  // have refused one that they take another time, unless all it takes is what holds the reference. What lies before `from` may hold
  // anything if it is unknown: a receive that waits goes on from there.
  void note_scanned(scan_marks::sought what, envelope** from, envelope** to, bool types_absent) noexcept {
    const bool from_head = from == &head_;
    const auto known = [&](scan_marks::sought w) { return from_head || (marks_ && marks_->knows(w, from)); };
    const scan_marks::sought whatever{what.kind, 0};
    if (types_absent && known(whatever)) {
      if (make_marks())
        marks_->note_scanned(whatever, to);
    } else if (what.reference != 0 && known(what)) {
      if (make_marks())
        marks_->note_scanned(what, to);
    }
  }
  void drop_marks() noexcept {
    if (marks_)
      deallocate(std::exchange(marks_, nullptr), sizeof(scan_marks));
  }

  std::uint32_t count() const noexcept { return count_; }
  bool empty() const noexcept { return head_ == nullptr; }

 private:
  friend struct debug_layout;
  [[gnu::noinline]] void unlinked(envelope** behind, envelope** place) noexcept {
    marks_->unlinked(behind, place, &head_);
    if (marks_->empty())
      drop_marks();
  }
  [[gnu::noinline]] void mark_end(std::uint64_t reference) noexcept {
    if (make_marks())
      marks_->note_made(reference, tail_);
  }
  // False: there is no memory for them, and the receive is as slow as without.
  bool make_marks() noexcept {
    try {
      if (!marks_)
        marks_ = ::new (allocate(sizeof(scan_marks))) scan_marks;
    } catch (...) {
      return false;
    }
    return true;
  }

  envelope* head_ = nullptr;
  envelope** tail_ = &head_;
  envelope** save_ = &head_;
  scan_marks* marks_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace brood::detail
