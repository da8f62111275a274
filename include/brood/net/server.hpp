// `serve_connections`: a process for each connection, under one that listens, counts them, and ends them in order.
//
//     process echo(net::connection c) {
//       while (auto piece = co_await c.read_next(60s))
//         co_await c.write(*piece);
//     }
//     process app() {
//       co_await supervise(one_for_one, net::server({.at = net::address::loopback(8080)}, echo));
//     }
//
// The process that awaits it is the server: it has started when it listens (a start that fails says why: io::error{EADDRINUSE}), and it
// ends when its parent tells it to, or drain_server does. It traps exits. A process of f that crashes is reported and not restarted;
// its connection is closed, and the others go on. An acceptor that crashes is started again; the listening socket outlives it.
//
// The end, draining: nobody can connect any more. Each process of f gets the message net::draining{}, c.draining() is true, and
// c.read_next() fails with net::draining where nothing of a next request has arrived. Who is left after `drain` gets exit shutdown, and
// kill after `shutdown` more. So who needs nothing of this does nothing.
#pragma once

#include <brood/child_spec.hpp>
#include <brood/destination.hpp>
#include <brood/net/listener.hpp>
#include <brood/outcome.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace brood::net {

struct server_options {
  address at;
  listen_options listen = {};
  std::size_t acceptors = 0;  // processes that accept; 0: one a scheduler
  std::size_t max_connections = 16384;  // at once; more wait in the kernel, for `backlog`
  time_limit drain = std::chrono::seconds(15);
  time_limit shutdown = std::chrono::seconds(5);
  std::string name = {};
};

struct server_info {
  std::uint64_t accepted = 0;
  std::size_t open = 0;  // connections whose process lives
  std::size_t most = 0;  // at once, so far
  std::uint64_t refused = 0;  // times that there was no descriptor, or no memory, for one more: it waited then
};

namespace detail {

// Starts the process of one connection, linked to who calls it.
using connection_starter = std::function<pid(connection)>;
task<> run_connection_server(server_options options, connection_starter start);
void check_server_options(const server_options& options);
child_spec make_server_spec(server_options options, connection_starter start);

template <class F, class... A>
connection_starter starter_of(F f, A... args) {
  return [f = std::move(f), ... args = std::move(args)](connection c) { return spawn_link(f, std::move(c), args...); };
}

}  // namespace detail

// f(connection, args...) in a process for each connection; f and args are copied for each. Throws std::invalid_argument.
template <class F, class... A>
  requires std::copy_constructible<F> && (std::copy_constructible<A> && ...)
task<> serve_connections(server_options options, F f, A... args) {
  detail::check_server_options(options);
  return detail::run_connection_server(std::move(options), detail::starter_of(std::move(f), std::move(args)...));
}

// The same as a child of a supervisor, which leaves it time to drain. Its id and registered name: options.name, or the id "server".
template <class F, class... A>
  requires std::copy_constructible<F> && (std::copy_constructible<A> && ...)
child_spec server(server_options options, F f, A... args) {
  detail::check_server_options(options);
  return detail::make_server_spec(std::move(options), detail::starter_of(std::move(f), std::move(args)...));
}

// Where it listens. why(): it is dead, or ended meanwhile.
task<outcome<address>> server_address(destination server);
task<outcome<server_info>> inspect_server(destination server);
// It begins to drain, and ends with reason::shutdown. A permanent one is started again by its supervisor. Does not wait.
void drain_server(destination server);

}  // namespace brood::net
