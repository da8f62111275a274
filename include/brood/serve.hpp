// Servers: a process that answers requests until it stops. What is before serve is its init, what is after it its
// terminate, and its state are its local variables.
//
//     struct push {
//       int n;
//     };
//     struct pop {
//       using reply = std::optional<int>;
//     };
//     process stack() {
//       std::vector<int> items;
//       co_await serve([&](push m) { items.push_back(m.n); },
//                      [&](pop) -> pop::reply {
//                        if (items.empty())
//                          return std::nullopt;
//                        const int top = items.back();
//                        items.pop_back();
//                        return top;
//                      },
//                      [&](down) { return stop_serving; },
//                      after(60s, [] { return stop_serving(reason::shutdown); }));
//     }
//
// A handler takes one message type, request<M>, down, exited or any_message, by value, const& or &&, and returns M::reply, void,
// stop_serving (stop_serving.hpp), served<M>, or a task of any of these, which is awaited before the next message. `when` guards
// work as in receive.
//
// serve takes every message; one that no handler takes is reported once a type and destroyed. A last argument after(d, f) runs f
// whenever nothing came for that long: armed each time it waits, cancelled by any message; after(0s, f) on an empty queue.
// It ends, returning why, by stop_serving, by stop_server, or, if the process traps exits, by the exit of the process that linked
// to it while spawning it; the process then runs on and ends with that reason unless it ends otherwise itself.
// OTP: gen_server
#pragma once

#include <brood/detail/refused.hpp>
#include <brood/detail/server.hpp>
#include <brood/exit_reason.hpp>
#include <brood/receive.hpp>
#include <brood/task.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

namespace detail {

template <class Server>
task<exit_reason> serve_loop(Server server) {
  server.begin();
  while (!server.stops()) {
    if constexpr (Server::has_tasks)
      co_await quietly(server.handle_with_tasks(co_await quietly(server)));
    else
      server.handle(co_await quietly(server));
  }
  co_return server.end();
}

template <class Idle, class... Hs>
task<exit_reason> start_serving(Idle idle, Hs... handlers) {
  return serve_loop(server<Idle, Hs...>(std::move(idle), std::move(handlers)...));
}

template <std::size_t... I, class Tuple>
task<exit_reason> serve_with_last(std::index_sequence<I...>, Tuple&& all) {
  return start_serving(std::move(std::get<sizeof...(I)>(all)), std::move(std::get<I>(all))...);
}

template <class... Args>
inline constexpr bool last_is_after = false;
template <class First, class... Rest>
inline constexpr bool last_is_after<First, Rest...> = is_after<std::tuple_element_t<sizeof...(Rest), std::tuple<First, Rest...>>>;

}  // namespace detail

// See the top of this file.
template <class... H>
task<exit_reason> serve(H... handlers) {
  constexpr std::size_t afters = (std::size_t{detail::is_after<H>} + ... + 0);
  constexpr bool last = detail::last_is_after<H...>;
  static_assert(afters == (last ? 1 : 0), "brood: after stands once, as the last argument of serve");
  static_assert((!std::is_same_v<H, detail::after_nothing> && ...),
                "brood: serve needs to know what to do when nothing comes: after(limit, [] { ... })");
  if constexpr (!detail::check_clauses<H...>())
    return detail::refused<task<exit_reason>>();
  else if constexpr (last)
    return detail::serve_with_last(std::make_index_sequence<sizeof...(H) - 1>{}, std::tuple<H...>(std::move(handlers)...));
  else
    return detail::start_serving(detail::no_idle{}, std::move(handlers)...);
}
BROOD_WHICH_FUNCTION(serve)

}  // namespace brood
