// The runtime inside another program: threads that are no processes start, address and await processes through it.
#pragma once

#include <brood/destination.hpp>
#include <brood/exit_reason.hpp>
#include <brood/run.hpp>
#include <brood/send.hpp>
#include <brood/signals.hpp>

#include <functional>
#include <utility>

namespace brood {

// Owns the schedulers from construction to stop() or destruction. Any thread may call; one runtime at a time (std::logic_error).
class runtime {
 public:
  explicit runtime(run_options options = {});
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  template <class F, class... A>
  pid spawn(F&& f, A&&... args) {
    return detail::spawn_with({.kept = true}, std::forward<F>(f), std::forward<A>(args)...).process;
  }

  // As brood::send; to a destination by name it throws bad_name when nobody has it.
  template <class M>
  void send(const destination& to, M&& message) {
    send_packed(to, detail::envelope_ptr(detail::pack(std::forward<M>(message))));
  }

  // Blocks this thread until the process has ended, and says why. Noproc if it was dead already; but how those end that were
  // spawned here is kept, the last 65,536 of them, each for one wait.
  exit_reason wait(pid who);

  // Calls back once, on a scheduler thread, when the process has ended.
  void monitor(pid who, std::function<void(const down&)> callback);

  // Shuts everything down, as at the end of run(). Called again: nothing.
  void stop();

 private:
  void send_packed(const destination& to, detail::envelope_ptr message);
  bool running_ = false;
};

}  // namespace brood
