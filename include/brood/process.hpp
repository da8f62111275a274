// `process`: the coroutine type of a process's body.
//
//     process counter(int n) {
//       while (true)
//         co_await receive([&](add m) { n += m.by; }, [&](report r) { send(r.to, n); });
//     }
//
// Calling such a function only makes a value; `spawn(counter, 0)` makes the process. Ends with `co_return;` or at its end, with
// reason normal; with an uncaught exception, with that reason. Take parameters by value: the frame outlives the caller.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/compiler.hpp>
#include <brood/detail/frame.hpp>

#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {
// Records the exception in flight as the reason this process ends with. Never throws.
BROOD_API void body_threw(process_stack& proc) noexcept;
}  // namespace detail

class [[nodiscard("a process runs only when it is spawned: spawn(f, args...)")]] process {
 public:
  struct promise_type : detail::coroutine_promise {
    process get_return_object() noexcept { return process(this); }
    detail::initial_suspend initial_suspend() const noexcept { return {}; }
    detail::final_suspend final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { detail::body_threw(*proc); }
  };

  process(process&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  process& operator=(process&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~process() {
    if (frame_)
      detail::destroy_frame(*frame_);
  }

  // For the library: hands over the frame.
  detail::frame_base* release() noexcept { return std::exchange(frame_, nullptr); }

 private:
  explicit process(detail::frame_base* frame) noexcept : frame_(frame) {}
  detail::frame_base* frame_;
};

}  // namespace brood
