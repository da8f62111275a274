// What every operation passes before it looks for data: an operation that need not wait is an await all the same. The process takes in
// its signals there, so that an exit ends it, and lets others run when its turn has been long enough.
#pragma once

#include <brood/detail/frame.hpp>

#include <coroutine>

namespace brood::net::detail {

// True: the running process has to suspend, for it ends or others run first.
bool pauses_here(brood::detail::process_stack& stack);

class [[nodiscard("co_await it")]] await_point : public brood::detail::awaiter_base {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) const {
    return pauses_here(*frame.promise().proc);
  }
  void await_resume() const noexcept {}
};

}  // namespace brood::net::detail
