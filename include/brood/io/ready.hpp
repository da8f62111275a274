// Waiting for a descriptor: what sockets are made of, and what awaits libraries that have a descriptor of their own.
//
//     io::ready_set what = *co_await io::ready(fd, io::readable, 5s);
//     if (what & io::readable) std::cout << "there is something to read\n";
#pragma once

#include <brood/detail/wait.hpp>
#include <brood/outcome.hpp>
#include <brood/time.hpp>

#include <coroutine>
#include <cstdint>
#include <memory>

namespace brood::io {

// A set of events; `|` joins, `&` tells whether any is in it.
enum class ready_set : std::uint8_t { none = 0, readable = 1, writable = 2, failed = 4 };
constexpr ready_set operator|(ready_set a, ready_set b) noexcept {
  return static_cast<ready_set>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool operator&(ready_set a, ready_set b) noexcept { return (static_cast<unsigned>(a) & static_cast<unsigned>(b)) != 0; }

inline constexpr ready_set readable = ready_set::readable, writable = ready_set::writable;
// An error or an end: reading or writing tells which. It comes unasked, together with what was asked for.
inline constexpr ready_set failed = ready_set::failed;

namespace detail {

// The wait, as it is under way in a driver.
struct readiness;
// What may end it early, or null.
class interruption;

class [[nodiscard("co_await it")]] ready_awaiter : public brood::detail::answer_waiter {
 public:
  // keeps: what has to live until the wait is over, or null.
  ready_awaiter(int fd, ready_set events, time_limit within, std::shared_ptr<void> keeps = nullptr,
                std::shared_ptr<interruption> interrupted_by = nullptr) noexcept
      : answer_waiter(pid(), nullptr, within),
        fd_(fd),
        events_(events),
        keeps_(std::move(keeps)),
        interrupted_by_(std::move(interrupted_by)) {}
  ~ready_awaiter() { leave(); }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    static_assert(brood::detail::brood_promise<Promise>,
                  "brood: readiness can be awaited only in a process or a task: nothing would resume this coroutine");
    return begin(*frame.promise().proc);
  }
  outcome<ready_set> await_resume();

 private:
  bool begin(brood::detail::process_stack& proc);
  void leave() noexcept;

  int fd_;
  ready_set events_;
  std::shared_ptr<void> keeps_;
  std::shared_ptr<interruption> interrupted_by_;
  readiness* wait_ = nullptr;
};

}  // namespace detail

// Waits until one of the events has come. The descriptor stays yours: keep it open while you wait. why(): reason::timeout, or what the
// kernel refuses, an io::error. In a process; a negative limit throws std::invalid_argument.
inline auto ready(int fd, ready_set events, time_limit limit = infinity) { return detail::ready_awaiter(fd, events, limit); }

}  // namespace brood::io
