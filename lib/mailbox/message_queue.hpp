// The messages a process has taken in and not received yet: oldest first, with the save pointer of the scan.
//
// Owner-only. `save` is where the running receive goes on looking: everything before it did not match.
#pragma once

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
    if (mark_ && mark_->at == &e->next)
      mark_->at = at;
    --count_;
    return e;
  }

  envelope* pop() noexcept { return head_ ? remove(&head_) : nullptr; }

  // The scan cache: everything before the mark holds none of the types this receive (identified by its kind) can take. So waiting
  // for an answer again and again costs the same with a million unread messages of other types.
  struct mark {
    const void* kind;
    envelope** at;
  };
  static constexpr std::uint32_t worth_marking = 64;  // messages skipped in one scan

  envelope** scan_start(const void* kind) noexcept { return mark_ && mark_->kind == kind ? mark_->at : &head_; }
  void set_mark(const void* kind, envelope** at) {
    if (!mark_)
      mark_ = ::new (allocate(sizeof(mark))) mark{};
    *mark_ = mark{kind, at};
  }
  void drop_mark() noexcept {
    if (mark_)
      deallocate(std::exchange(mark_, nullptr), sizeof(mark));
  }

  std::uint32_t count() const noexcept { return count_; }
  bool empty() const noexcept { return head_ == nullptr; }

 private:
  envelope* head_ = nullptr;
  envelope** tail_ = &head_;
  envelope** save_ = &head_;
  mark* mark_ = nullptr;
  std::uint32_t count_ = 0;
};

}  // namespace brood::detail
