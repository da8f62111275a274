// Starting a process and waiting until it is ready.
//
// A process has started when it calls init_ack(), reaches serve or supervise, or first waits in `receive`; call, sleep and
// blocking on the way there do not count. Ended before that, start fails with its reason; a failed start neither kills the caller
// nor leaves a message, a link or a name. OTP: proc_lib:start_link/5, gen_server:start_link/4
//
//     process store(std::string path) {
//       auto data = co_await blocking([path] { return path.size(); });  // init: start_link waits for this
//       co_await serve([&](std::size_t n) { data = n; });
//     }
//     process main_process() {
//       outcome<pid> kv = co_await start_link({.name = "kv", .timeout = 2s}, store, "kv.db");
//       if (!kv)
//         exit(kv.why());  // :timeout, {:already_started, #PID<0.60.0>}, or why store ended
//     }
#pragma once

#include <brood/already_started.hpp>
#include <brood/detail/start.hpp>
#include <brood/outcome.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>

#include <cstddef>
#include <string>
#include <tuple>
#include <utility>

namespace brood {

struct start_options {
  std::string name = {};  // registered before f runs; taken: already_started in why(), f does not run
  time_limit timeout = infinity;  // then the child is killed, and why() is timeout
  std::string label = {};
  priority prio = priority::normal;
  std::size_t max_mailbox = unlimited;
  overflow on_overflow = overflow::kill_receiver;
};

// "I am ready": start and its like return. What follows runs before any queued message is taken. Does nothing the second time, or
// when nobody waits. OTP: proc_lib:init_ack/1, handle_continue
void init_ack();

namespace detail {

start_order make_start_order(start_options&& options, bool link, bool monitor);
outcome<pid> as_pid(start_result&& result);
outcome<spawned> as_spawned(start_result&& result);

template <class F, class... A>
task<start_result> start_closure(start_order order, F f, A... args) {
  auto spawn = [&](const spawn_settings& settings) { return spawn_with(settings, std::move(f), std::move(args)...); };
  co_return co_await start_process(std::move(order), make_spawner(spawn));
}

template <class F, class... A>
task<outcome<pid>> start_pid(start_order order, F f, A... args) {
  co_return as_pid(co_await start_closure<F, A...>(std::move(order), std::move(f), std::move(args)...));
}

template <class F, class... A>
task<outcome<spawned>> start_spawned(start_order order, F f, A... args) {
  co_return as_spawned(co_await start_closure<F, A...>(std::move(order), std::move(f), std::move(args)...));
}

template <class F, class... A>
concept starts = std::invocable<kept_t<F>, kept_t<A>...> || std::invocable<kept_t<F>&, kept_t<A>&...>;

}  // namespace detail

// The child dies with the caller, and later the caller with the child.
template <class F, class... A>
  requires detail::starts<F, A...>
task<outcome<pid>> start_link(start_options options, F&& f, A&&... args) {
  return detail::start_pid<detail::kept_t<F>, detail::kept_t<A>...>(detail::make_start_order(std::move(options), true, false),
                                                                    std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires detail::starts<F, A...>
task<outcome<pid>> start_link(F&& f, A&&... args) {
  return start_link(start_options{}, std::forward<F>(f), std::forward<A>(args)...);
}

// Without the link. OTP: gen_server:start/3
template <class F, class... A>
  requires detail::starts<F, A...>
task<outcome<pid>> start(start_options options, F&& f, A&&... args) {
  return detail::start_pid<detail::kept_t<F>, detail::kept_t<A>...>(detail::make_start_order(std::move(options), false, false),
                                                                    std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires detail::starts<F, A...>
task<outcome<pid>> start(F&& f, A&&... args) {
  return start(start_options{}, std::forward<F>(f), std::forward<A>(args)...);
}

// With a monitor instead. OTP: gen_server:start_monitor/3
template <class F, class... A>
  requires detail::starts<F, A...>
task<outcome<spawned>> start_monitor(start_options options, F&& f, A&&... args) {
  return detail::start_spawned<detail::kept_t<F>, detail::kept_t<A>...>(detail::make_start_order(std::move(options), false, true),
                                                                        std::forward<F>(f), std::forward<A>(args)...);
}
template <class F, class... A>
  requires detail::starts<F, A...>
task<outcome<spawned>> start_monitor(F&& f, A&&... args) {
  return start_monitor(start_options{}, std::forward<F>(f), std::forward<A>(args)...);
}

}  // namespace brood
