// What the tests of sockets share: a body that gets both ends of a stream, over TCP on loopback and over a Unix socket, on both back ends.
#pragma once

#include "spec/spec.hpp"

#include <brood/io.hpp>
#include <brood/net.hpp>

#include <fcntl.h>
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

// On the machine's schedulers and kernel, over io_uring and over epoll.
inline void in_process(std::function<process()> body) {
  for (const io_backend io : {io_backend::automatic, io_backend::epoll}) {
    INFO((io == io_backend::epoll ? "epoll" : "the default back end"));
    std::optional<exit_reason> why;
    run({.io = io}, spec::watched(body, why));
    spec::check_ended(why);
  }
}

using body = std::function<process(net::connection, net::connection)>;

inline void over_tcp(body f) {
  in_process([f]() -> process {
    net::listener door = *net::listen(net::address::loopback(0));
    net::connection a = *co_await net::connect(door.local());
    net::connection b = *co_await door.accept(5s);
    pid ends = spawn_link([](body g, net::connection x, net::connection y) { return g(std::move(x), std::move(y)); }, f,
                          std::move(a), std::move(b));
    monitor_ref watch = monitor(ends);
    co_await receive<down>(watch);
  });
}

inline void over_unix(body f) {
  in_process([f]() -> process {
    auto [a, b] = *net::connected_pair();
    pid ends = spawn_link([](body g, net::connection x, net::connection y) { return g(std::move(x), std::move(y)); }, f,
                          std::move(a), std::move(b));
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
