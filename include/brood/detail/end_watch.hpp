// Watching how a process ends without the mailbox: what task handles, parallel_map and pools are built on.
//
// The DOWN of such a monitor is noted in an `end_watch` when its owner, the process that started the watch, takes it in. So it is
// ordered as every DOWN (after the link's exit signal, when the process is dead and its name free), no receive of the owner's
// sees it, and waiting for it costs the same with a million unread messages.
//
// Counted: the owner's monitor, the handle and the watched process share it. `process`, `monitor`, `owner` never change once it
// runs; the rest is the owner's alone.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/memory.hpp>
#include <brood/detail/wait.hpp>
#include <brood/errors.hpp>
#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>
#include <brood/spawn.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

struct end_board;

class end_watch {
 public:
  pid process;
  pid owner;
  monitor_ref monitor;
  bool linked = false;

  bool ended = false;
  exit_reason why;             // once ended
  end_board* board = nullptr;  // of the await that wants to know
  end_watch* next = nullptr;   // on that board
  std::size_t index = 0;       // the owner's note

  std::atomic<bool> unwanted{false};  // anybody's: whoever waited for it is gone

  end_watch() noexcept = default;
  end_watch(const end_watch&) = delete;

  void retain() noexcept { shares_.fetch_add(1, std::memory_order_relaxed); }  // from a share: nothing to order
  void release() noexcept {
    if (shares_.fetch_sub(1, std::memory_order_acq_rel) == 1)  // partner: itself, in the other sharers
      delete this;
  }

  static void* operator new(std::size_t bytes) { return allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { deallocate(block, bytes); }

 protected:
  virtual ~end_watch() = default;

 private:
  std::atomic<std::uint32_t> shares_{1};
};

// One share.
template <class W>
class counted {
 public:
  counted() noexcept = default;
  explicit counted(W* adopted) noexcept : watch_(adopted) {}
  counted(const counted& other) noexcept : watch_(other.watch_) {
    if (watch_)
      watch_->retain();
  }
  counted(counted&& other) noexcept : watch_(std::exchange(other.watch_, nullptr)) {}
  template <class Derived>
  counted(counted<Derived> other) noexcept : watch_(other.detach()) {}
  counted& operator=(counted other) noexcept {
    std::swap(watch_, other.watch_);
    return *this;
  }
  ~counted() {
    if (watch_)
      watch_->release();
  }
  W* detach() noexcept { return std::exchange(watch_, nullptr); }
  W* get() const noexcept { return watch_; }
  W* operator->() const noexcept { return watch_; }
  W& operator*() const noexcept { return *watch_; }
  explicit operator bool() const noexcept { return watch_ != nullptr; }

 private:
  W* watch_ = nullptr;
};

// Where the ends are posted that one await waits for, oldest first.
struct end_board {
  end_watch* first = nullptr;
  end_watch** last = &first;
  std::uint64_t awaited = 0;  // the number of the await, while it waits

  void post(end_watch& w) noexcept {
    w.next = nullptr;
    *last = &w;
    last = &w.next;
  }
  end_watch* take() noexcept {
    end_watch* w = first;
    if (w) {
      first = w->next;
      if (!first)
        last = &first;
    }
    return w;
  }
};

// Throws not_a_process outside a process.
BROOD_API void require_owner_to_be(const char* call);
// Throws task_owner_error, naming `call`, if the caller is not the owner.
BROOD_API void require_owner(const end_watch& w, const char* call);

// From the owner, right after the process was spawned with a monitor. Throws std::bad_alloc, the process killed.
BROOD_API void begin_end_watch(end_watch& w, const spawned& made, bool linked);
// From anywhere: nobody wants to know any more; its process is killed, and the owner, were it linked, does not notice.
BROOD_API void end_and_forget(end_watch& w) noexcept;
// From the owner: nobody wants to know any more; the process goes on, unlinked.
BROOD_API void let_go(end_watch& w) noexcept;
// From the owner, with the link removed first: an exit signal, and no trace of the link in the mailbox.
BROOD_API void ask_to_end(end_watch& w, const exit_reason& why);
BROOD_API void forget_exited(const end_watch& w) noexcept;

// co_await: until an end has been posted on the board. False: the limit came first. A negative limit throws
// std::invalid_argument, if none had.
class [[nodiscard("co_await it")]] end_awaiter : public answer_waiter {
 public:
  // `whose`: if it is the end of one process.
  end_awaiter(end_board& board, time_limit within, pid whose = {}) noexcept
      : answer_waiter(whose, nullptr, within), board_(board) {}
  end_awaiter(const end_awaiter&) = delete;
  bool await_ready() const noexcept { return false; }
  template <brood_promise Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    return begin(*frame.promise().proc, *this, board_);
  }
  bool await_resume() noexcept {
    envelope_ptr(finish_wait(*this));
    return board_.first != nullptr;
  }

 private:
  static bool begin(process_stack& proc, answer_waiter& w, end_board& board);
  end_board& board_;
};

// Wants to know the end of some watches, as long as it lives. Owner-only.
class board_guard {
 public:
  board_guard(end_watch& w, end_board& board) noexcept : watch_((w.retain(), &w)) {
    if (w.ended)
      board.post(w);
    else
      w.board = &board;
  }
  board_guard(const board_guard&) = delete;
  ~board_guard() { watch_->board = nullptr; }

 private:
  counted<end_watch> watch_;  // a share: the handle may have given its own up by then
};

}  // namespace detail
}  // namespace brood
