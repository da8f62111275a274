// The virtual network: sockets, what is on its way to them, and who waits for them.
//
// A stream is two queues of bytes. On one host what is sent arrives at once, unless the seed cuts it in two: then the second part is on its
// way, and its arrival is one of the things that may happen next. Between hosts everything takes its time. Who waits for a descriptor is told
// when the seed says so, and only then looks again: as between a kernel and a program.
#pragma once

#include "sched/driver.hpp"
#include "test/hosts.hpp"
#include "test/ports.hpp"
#include "test/virtual_socket.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace brood {
struct simulate_options;
}

namespace brood::detail {

class core;
class simulated_driver;
class simulated_platform;

struct socket_wait {
  operation* what;
  simulated_driver* home;
  virtual_socket* of;  // null: it was closed, or never was
  std::uint64_t who;  // its pid's bits
  int result = 0;
  bool ready = false;
  bool decided = false;  // cancelled, or refused: whatever becomes of the socket
};

class simulated_network {
 public:
  // A number that no descriptor of the machine has: a handle that outlives its run closes nothing of the program's.
  static constexpr int first_descriptor = 1 << 30;

  // A connection that nobody answers has failed then, as on Linux.
  static constexpr std::int64_t longest_request = 127'000'000'000;

  explicit simulated_network(simulated_platform& plat) noexcept : plat_(plat) {}

  // ---- the platform's
  void begin(const simulate_options& options);
  // What may happen now: arrivals, then completions.
  std::uint32_t possible() const noexcept { return static_cast<std::uint32_t>(due_.size() + ready_.size()); }
  std::uint64_t identity(std::uint32_t i) const noexcept;
  void happen(std::uint32_t i);
  // What has become due.
  void look();
  std::int64_t next_arrival() const noexcept;
  // A line for each wait that is under way.
  std::string picture() const;
  // A line for each descriptor that is open, or nothing.
  std::string open_descriptors() const;
  void end() noexcept;

  // ---- the drivers'
  std::unique_ptr<driver> make_driver(core& whose);
  void arm(operation& o, simulated_driver& home);
  void cancel(operation& o);

  // ---- the kernel's
  virtual_socket* at(int fd) const noexcept;
  virtual_socket& make(int family, unsigned host);
  // 0 or -EMFILE.
  int give_number(virtual_socket& s);
  void close(virtual_socket& s);
  void stop_listening(virtual_socket& s);
  // Of one that connects.
  void give_up(virtual_socket& s);
  // Of one that has no number: nobody owns it.
  void discard(virtual_socket& s);
  // Begins a connection to s.there, on s.far_host.
  void request(virtual_socket& s);
  void connect_pair(virtual_socket& a, virtual_socket& b);
  // To its peer. `apart`: not at once, even on the same host.
  void send(virtual_socket& from, flight f, bool apart = false);
  // Ends the stream for both: this end knows why, the other one will.
  void reset(virtual_socket& s, int error);
  void touch(virtual_socket& s);

  virtual_ports ports;
  virtual_hosts hosts;

  // ---- the world's
  void heal(unsigned a, unsigned b);
  void lose(unsigned host);  // all sockets of a host

 private:
  void launch(virtual_socket& to, unsigned from, flight f, bool apart);
  void deliver(virtual_socket& to, flight f);
  void deliver_bytes(virtual_socket& to, std::string_view bytes);
  void answer_request(virtual_socket& s);
  void fail_request(virtual_socket& s, int error);
  void take_reset(virtual_socket& to);
  void drop_inbound(virtual_socket& s);
  void schedule(virtual_socket& to);
  void unschedule(virtual_socket& to);
  void arrive(std::size_t i);
  void complete(std::size_t i);
  void bury(virtual_socket& s);
  std::int64_t travel(unsigned from, unsigned to, std::size_t bytes);
  void set_buffers(virtual_socket& s);

  simulated_platform& plat_;
  const simulate_options* options_ = nullptr;
  std::uint64_t made_ = 0;
  std::map<std::uint64_t, std::unique_ptr<virtual_socket>> all_;
  std::vector<virtual_socket*> numbers_;
  std::map<unsigned, std::size_t> open_on_;  // descriptors by host
  std::vector<virtual_socket*> due_;
  std::map<std::pair<std::int64_t, std::uint64_t>, virtual_socket*> later_;
  std::unordered_map<operation*, std::unique_ptr<socket_wait>> waits_;  // looked up, never walked
  std::vector<socket_wait*> ready_;
  std::vector<simulated_driver*> drivers_;
};

}  // namespace brood::detail
