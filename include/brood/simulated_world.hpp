// The world around a simulation: hosts, and the links between them. <brood/simulate.hpp> includes this.
//
// Sockets work under `simulate` as they do on the machine: the code above the system calls is the same. No packet leaves the program.
// Without hosts all processes live on one machine, and what they send one another over loopback arrives at once. With hosts:
//
//     simulate({.world = {.link = {.delay = {1ms, 20ms}}}}, []() -> process {
//       pid server = spawn([]() -> process {
//         sim::host("server");                                     // this process and what it spawns from now on
//         net::listener door = *net::listen(net::address::any(80));
//         net::connection client = *co_await door.accept();
//       });
//       sim::host("client");
//       auto c = co_await net::connect(sim::address_of("server", 80));
//       sim::partition("client", "server");                        // what is sent stays on its way
//       sim::heal("client", "server");
//     });
//
// The functions: in a process under simulation; elsewhere they throw std::logic_error.
#pragma once

#include <brood/net/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace brood::sim {

// Between these two, as the seed says. Not negative.
struct delay_range {
  std::chrono::nanoseconds least{0};
  std::chrono::nanoseconds most{0};
};

// One link: two hosts, both directions.
struct link_options {
  delay_range delay = {std::chrono::microseconds(50), std::chrono::milliseconds(2)};  // one way
  std::uint64_t bytes_per_second = 0;  // 0: unlimited
  std::size_t window = std::size_t{256} << 10;  // bytes that are sent and not read, in one direction of one connection
};

struct world {
  link_options link = {};  // of all pairs of hosts. On one host there is no delay; the window counts there, too
  std::size_t descriptors = 1024;  // a host: then EMFILE
};

// This process, and what it spawns from now on, lives on that host. Hosts are made when they are first mentioned, and get the addresses
// 10.0.0.1, 10.0.0.2 and so on. At most 250.
void host(std::string name);
// Where that host is found.
net::address address_of(std::string host, std::uint16_t port);

// What is sent between the two hosts stays on its way until `heal`. Connections stay open.
void partition(std::string a, std::string b);
void heal(std::string a, std::string b);
// From the next thing that is sent on. std::invalid_argument for a negative delay.
void set_link(std::string a, std::string b, link_options options);

// The host loses its power and is there again, empty, at once: its processes are killed, and its sockets are gone. The seed says whether a
// peer is reset, or hears nothing any more.
void crash(std::string host);

}  // namespace brood::sim
