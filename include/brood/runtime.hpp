// The runtime inside another program: threads that are no processes start, address and await processes through it.
//
//     void on_some_thread() {
//       runtime rt({.schedulers = 4});
//       pid echo = rt.spawn([]() -> process { std::cout << co_await receive<std::string>(); });
//       rt.send(echo, "hello");
//       std::cout << rt.wait(echo);  // :normal
//     }
#pragma once

#include <brood/call.hpp>
#include <brood/destination.hpp>
#include <brood/detail/arities.hpp>
#include <brood/exit_reason.hpp>
#include <brood/run.hpp>
#include <brood/send.hpp>
#include <brood/signals.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {
class embedded_runtime;
}

// Owns the schedulers from construction to stop() or destruction. Any thread may call, at any time, while another stops it and after:
// lib/DESIGN.md, "How it ends", says what each call does then. One runtime at a time (std::logic_error).
class runtime {
 public:
  // Starts the schedulers. Throws std::logic_error while another runs, std::runtime_error as run() does. Signals are left alone.
  explicit runtime(run_options options = {});
  // stop(). But in a process, in a callback of monitor or in a function of blocking (that called std::exit, say) it stops nothing, for
  // it would wait for itself: the threads run on until the program ends.
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  // As brood::spawn, from any thread; the process has no parent. Once it is stopping: pid{}, and nothing is spawned.
#define BROOD_RUNTIME_SPAWN(TEMPLATE_ARGS, PARAMETERS, FORWARDED)                                    \
  template <class F TEMPLATE_ARGS>                                                                   \
  pid spawn(F&& f PARAMETERS, std::source_location at = std::source_location::current()) {           \
    return detail::spawn_with({.at = at, .kept_by = number_}, std::forward<F>(f) FORWARDED).process; \
  }
  BROOD_FOR_ARITIES(BROOD_RUNTIME_SPAWN)
#undef BROOD_RUNTIME_SPAWN
  template <class F, class... A>
    requires(sizeof...(A) > 8)
  pid spawn(F&& f, A&&... args) {
    return detail::spawn_with({.kept_by = number_}, std::forward<F>(f), std::forward<A>(args)...).process;
  }
  BROOD_WHICH_FUNCTION(spawn)

  // As brood::send; to a destination by name it throws bad_name when no process has it.
  template <class M>
  void send(const destination& to, M&& message) {
    send_packed(to, detail::envelope_ptr(detail::pack(std::forward<M>(message))));
  }

  // brood::try_call from a thread that is no process: blocks it until the reply or the reason why there is none.
  template <class M>
  outcome<detail::named_reply_t<M>> call(const destination& to, M&& message, time_limit limit = default_call_limit) {
    using reply = detail::named_reply_t<M>;
    exit_reason why;
    const detail::envelope_ptr answer = call_packed(to, detail::pack_call(std::forward<M>(message)), limit, why);
    if (!answer)
      return outcome<reply>::failure(std::move(why));
    if constexpr (std::is_void_v<reply>)
      return {};
    else
      return std::move(answer->as<detail::answer<reply>>().value);
  }

  // Blocks this thread until the process has ended, and says why. Noproc if it was dead already; but how those end that were
  // spawned here is kept, the last 65,536 of them, each for one wait, also when the runtime has stopped. What stop() ends has ended
  // with shutdown, or killed. Throws std::logic_error in a process for itself.
  exit_reason wait(pid who);

  // Calls back once, on a scheduler thread, when the process has ended, by stop() too. When nobody lives any more: at once, with noproc,
  // on this thread. The callback is a process of its own: what it throws is reported.
  void monitor(pid who, std::function<void(const down&)> callback);

  // Shuts everything down, as at the end of run(); returns when that is done, by whichever thread. Called again: nothing. In a process,
  // in a callback of monitor or in a function of blocking: throws std::logic_error, for it would wait for itself. In a forked child:
  // a word on standard error, and nothing.
  void stop();

 private:
  void send_packed(const destination& to, detail::envelope_ptr message);
  detail::envelope_ptr call_packed(const destination& to, detail::envelope_ptr request, time_limit limit, exit_reason& why);

  const std::unique_ptr<detail::embedded_runtime> in_;
  const std::uint64_t number_;
};

}  // namespace brood
