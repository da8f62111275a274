// Where a look through the queue may begin: places before which there is nothing that is looked for.
//
// - A place of a receive expression (its kind): before it there is no message of a type that this expression can take. So no guard,
//   whatever it asks, would take one of them.
// - A place of a reference: the end of the queue when the reference was made. What holds it can only come later. OTP: receive
//   markers, erl_message.h
// - A place of both, for an expression that takes nothing but what holds the reference: what it has looked through.
//
// A place is the pointer that points to the next message, so whoever unlinks a message tells the marks (`unlinked`). A few are kept of
// each sort, the oldest goes first: without its mark a receive looks at more, and finds the same.
#pragma once

#include <brood/detail/envelope.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace brood::detail {

class scan_marks {
 public:
  struct sought {
    const void* kind = nullptr;  // null: any expression
    std::uint64_t reference = 0;  // 0: whatever it holds
    friend bool operator==(const sought&, const sought&) = default;
  };

  // The furthest place known for this expression and reference, else null.
  envelope** find(sought what) const noexcept {
    if (what.reference != 0) {
      if (envelope** at = scanned_.find(what))
        return at;
      if (envelope** at = made_.find({nullptr, what.reference}))
        return at;
    }
    return scanned_.find({what.kind, 0});
  }
  // Whether nothing that is looked for lies before this place.
  bool knows(sought what, envelope** at) const noexcept {
    return scanned_.find({what.kind, 0}) == at ||
           (what.reference != 0 && (scanned_.find(what) == at || made_.find({nullptr, what.reference}) == at));
  }

  void note_made(std::uint64_t reference, envelope** end) noexcept { made_.put({nullptr, reference}, end); }
  void note_scanned(sought what, envelope** at) noexcept { scanned_.put(what, at); }

  // A message was unlinked: the place behind it is `place` now. At the head of the queue a mark says nothing.
  void unlinked(envelope** behind, envelope** place, envelope** head) noexcept {
    made_.unlinked(behind, place, head);
    scanned_.unlinked(behind, place, head);
  }
  bool empty() const noexcept { return made_.empty() && scanned_.empty(); }

 private:
  struct mark {
    sought what;
    envelope** at = nullptr;
  };

  // Oldest first.
  class list {
   public:
    bool empty() const noexcept { return size_ == 0; }
    envelope** find(sought what) const noexcept {
      for (std::uint32_t i = 0; i < size_; ++i)
        if (marks_[i].what == what)
          return marks_[i].at;
      return nullptr;
    }
    void put(sought what, envelope** at) noexcept {
      for (std::uint32_t i = 0; i < size_; ++i)
        if (marks_[i].what == what) {
          erase(i);
          break;
        }
      if (size_ == most)
        erase(0);
      marks_[size_++] = {what, at};
    }
    void unlinked(envelope** behind, envelope** place, envelope** head) noexcept {
      for (std::uint32_t i = 0; i < size_; ++i)
        if (marks_[i].at == behind) {
          marks_[i].at = place;
          if (place == head)
            erase(i--);
        }
    }

   private:
    void erase(std::uint32_t i) noexcept {
      std::copy(marks_.begin() + i + 1, marks_.begin() + size_, marks_.begin() + i);
      --size_;
    }
    static constexpr std::uint32_t most = 8;
    std::array<mark, most> marks_;
    std::uint32_t size_ = 0;
  };

  list made_;  // by reference
  list scanned_;  // by expression, or by both
};

}  // namespace brood::detail
