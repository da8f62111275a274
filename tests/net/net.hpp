// What the tests of sockets share: a body that gets both ends of a stream, over TCP on loopback and over a Unix socket, on both back ends.
#pragma once

#include "spec/spec.hpp"

#include <brood/io.hpp>
#include <brood/net.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace net_spec {

// On the machine's schedulers and kernel, over io_uring and over epoll: for what the simulator's world does not have.
inline void on_the_machine(std::function<process()> body) {
  for (const io_backend io : {io_backend::automatic, io_backend::epoll}) {
    INFO((io == io_backend::epoll ? "epoll" : "the default back end"));
    std::optional<exit_reason> why;
    run({.io = io}, spec::watched(body, why));
    spec::check_ended(why);
  }
}

// In the simulator's world: bytes come as they are sent, for the bodies say what comes when; each seed twice, bit for bit.
inline void in_the_simulator(std::function<process()> body) {
  for_each_seed(5, [&](auto seed) {
    std::uint64_t hashes[2];
    for (std::uint64_t& hash : hashes) {
      std::optional<exit_reason> why;
      hash = simulate(simulate_options{.seed = seed, .faults = {.split = 0}}, spec::watched(body, why)).trace_hash;
      spec::check_ended(why);
    }
    if (hashes[0] != hashes[1])
      FAIL("two runs under seed " << seed << " differ");
  });
}

inline void in_process(std::function<process()> body) {
  on_the_machine(body);
  INFO("under the simulator");
  in_the_simulator(body);
}

using body = std::function<process(net::connection, net::connection)>;

inline void over_tcp(body f) {
  in_process([f]() -> process {
    net::listener door = *net::listen(net::address::loopback(0));
    net::connection a = *co_await net::connect(door.local());
    net::connection b = *co_await door.accept(5s);
    pid ends = spawn_link(f, std::move(a), std::move(b));  // which keeps f, and what it captured, as long as its process lives
    monitor_ref watch = monitor(ends);
    co_await receive<down>(watch);
  });
}

inline void over_unix(body f) {
  in_process([f]() -> process {
    auto [a, b] = *net::connected_pair();
    pid ends = spawn_link(f, std::move(a), std::move(b));  // which keeps f, and what it captured, as long as its process lives
    monitor_ref watch = monitor(ends);
    co_await receive<down>(watch);
  });
}

inline void with_both_ends(body f) {
  {
    INFO("over TCP");
    over_tcp(f);
  }
  INFO("over a Unix socket");
  over_unix(f);
}

}  // namespace net_spec
