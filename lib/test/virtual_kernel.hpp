// The system calls of the virtual network: io/kernel.hpp, as Linux answers them.
//
// Every call is part of the run's trace. Where the seed may interfere, it is asked here: how much of what could be received or sent is, and
// which calls fail.
#pragma once

#include "io/kernel.hpp"
#include "test/network.hpp"

#include <brood/simulate.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace brood::detail {

// Of what was sent and received, for the trace.
std::uint64_t digest(std::string_view bytes) noexcept;

class virtual_kernel final : public kernel {
 public:
  virtual_kernel(simulated_platform& plat, simulated_network& net) noexcept : plat_(plat), net_(net) {}
  void begin(const simulate_options& options) noexcept { options_ = &options; }

  int open_socket(int domain, int type) noexcept override;
  int open_pair(int ends[2]) noexcept override;
  int bind(int fd, const sockaddr* at, socklen_t size) noexcept override;
  int listen(int fd, int backlog) noexcept override;
  int connect(int fd, const sockaddr* to, socklen_t size) noexcept override;
  int accept(int fd, sockaddr* from, socklen_t* size) noexcept override;
  ssize_t receive(int fd, void* to, std::size_t size) noexcept override;
  ssize_t send(int fd, const iovec* parts, std::size_t count) noexcept override;
  int shutdown(int fd, int how) noexcept override;
  void close(int fd) noexcept override;
  int local_name(int fd, sockaddr* name, socklen_t* size) noexcept override;
  int peer_name(int fd, sockaddr* name, socklen_t* size) noexcept override;
  int set_option(int fd, int level, int option, const void* value, socklen_t size) noexcept override;
  int pending_error(int fd) noexcept override;
  std::size_t unread(int fd) noexcept override;
  std::size_t unsent(int fd) noexcept override;
  int unlink(const char* path) noexcept override;
  int set_mode(const char* path, int mode) noexcept override;

 private:
  // Into the trace; gives back what came of it.
  ssize_t traced(const char* call, const virtual_socket* s, std::uint64_t with, ssize_t result);
  bool fails(double probability, std::uint64_t simulation_counts::* kind);
  // 1 to n: all, or what the seed leaves of it.
  std::size_t some_of(std::size_t n, double probability, std::uint64_t simulation_counts::* kind);
  unsigned host_here() const;
  int bind_socket(virtual_socket& s, const sockaddr* at, socklen_t size);
  int connect_socket(virtual_socket& s, const sockaddr* to, socklen_t size);
  int connect_local(virtual_socket& s);
  int accept_from(virtual_socket& s, sockaddr* from, socklen_t* size);
  ssize_t receive_from(virtual_socket& s, void* to, std::size_t size);
  ssize_t send_on(virtual_socket& s, const iovec* parts, std::size_t count);
  int shut(virtual_socket& s, int how);
  int set(virtual_socket& s, int level, int option, const void* value, socklen_t size);
  bool is_reset_by_chance(virtual_socket& s);

  simulated_platform& plat_;
  simulated_network& net_;
  const simulate_options* options_ = nullptr;
};

}  // namespace brood::detail
