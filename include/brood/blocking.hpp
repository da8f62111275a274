// Work off the schedulers: system calls that block, libraries that compute for long.
//
//     std::string text = co_await blocking([](std::string path) { return "contents of " + path; }, "notes.txt");
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/lint.hpp>
#include <brood/detail/refused.hpp>
#include <brood/detail/wait.hpp>
#include <brood/message.hpp>
#include <brood/pid.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

// One piece of work, shared by the process that waits and the thread that runs it: either may be gone first.
class blocking_job {
 public:
  virtual ~blocking_job() = default;
  virtual void run() noexcept = 0;

  pid asker;
  std::uint64_t number = 0;
  std::source_location spawned_at, awaited_at;  // the asker, and its co_await: for a word on work that does not end
};

BROOD_API bool begin_blocking(process_stack& proc, answer_waiter& w, std::shared_ptr<blocking_job> job);

template <class R>
class blocking_result : public blocking_job {
 public:
  std::exception_ptr failure;
  std::conditional_t<std::is_void_v<R>, std::optional<std::monostate>, std::optional<R>> value;
};

template <class R, class F, class... A>
class blocking_call final : public blocking_result<R> {
 public:
  template <class G, class... B>
  explicit blocking_call(G&& f, B&&... args) : f_(std::forward<G>(f)), args_(std::forward<B>(args)...) {}

  void run() noexcept override {
    try {
      if constexpr (std::is_void_v<R>) {
        std::apply([&](A&... a) { std::invoke(std::move(f_), std::move(a)...); }, args_);
        this->value.emplace();
      } else {
        this->value.emplace(std::apply([&](A&... a) -> R { return std::invoke(std::move(f_), std::move(a)...); }, args_));
      }
    } catch (...) {
      this->failure = std::current_exception();
    }
  }

 private:
  F f_;
  std::tuple<A...> args_;
};

template <class R>
class [[nodiscard("co_await it")]] blocking_awaiter : public answer_waiter {
 public:
  explicit blocking_awaiter(std::shared_ptr<blocking_result<R>> job) noexcept : job_(std::move(job)) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> frame) {
    static_assert(brood_promise<Promise>,
                  "brood: blocking can be awaited only in a process or a task: nothing would resume this coroutine");
    return begin_blocking(*frame.promise().proc, *this, job_);
  }
  R await_resume() {
    envelope_ptr(finish_wait(*this));
    if (job_->failure)
      std::rethrow_exception(job_->failure);
    if constexpr (!std::is_void_v<R>)
      return std::move(*job_->value);
  }

 private:
  std::shared_ptr<blocking_result<R>> job_;
};

template <class F, class... A>
constexpr bool check_blocking() {
  constexpr bool kept = check_all_kept<F, A...>();
  constexpr bool calls = std::is_invocable_v<std::decay_t<F>, kept_t<A>...>;
  static_assert(
      !kept || calls,
      "brood: blocking(f, args...) needs an f that can be called with these arguments, moved; a parameter of type T& would "
      "refer to nobody's variable");
  if constexpr (kept && calls) {
    constexpr bool reference = std::is_reference_v<std::invoke_result_t<std::decay_t<F>, kept_t<A>...>>;
    static_assert(!reference, "brood: blocking(f) returns a value, not a reference into another thread's");
    return !reference;
  } else {
    return false;
  }
}

}  // namespace detail

// Runs f(args...) on a thread of its own pool and resumes with its result; what it throws is thrown here. f and the arguments are
// moved there. If the process is killed meanwhile, f still runs to its end and its result is dropped. Inside f there is no
// self(). OTP: dirty schedulers
// So f may outlive the process that waits for it, and the frame that awaits it: a reference to a local variable, [&], would refer to
// nothing then. Give f values, and take values back; tools/lint finds [&].
//
// At the end of the program: f is waited for. If it has not returned after run_options::grace, standard error says who asked for it
// and where; after 10 x grace its thread is left behind. It runs on until it returns or the program has ended, so it must touch
// nothing that does not live as long.
//
//     std::vector<int> data(1000);
//     data = co_await blocking([](std::vector<int> d) { d[0] = 1; return d; }, std::move(data));  // not [&] { data[0] = 1; }
template <class F, class... A>
auto blocking(F&& f, A&&... args) BROOD_LINT_CLOSURE(F) {
  if constexpr (detail::check_blocking<F, A...>()) {
    using R = std::invoke_result_t<std::decay_t<F>, detail::kept_t<A>...>;
    return detail::blocking_awaiter<R>(std::make_shared<detail::blocking_call<R, std::decay_t<F>, detail::kept_t<A>...>>(
        std::forward<F>(f), std::forward<A>(args)...));
  } else {
    return detail::refused_awaiter<void>();
  }
}
BROOD_WHICH_FUNCTION(blocking)

}  // namespace brood
