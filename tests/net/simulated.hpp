// What the tests of the simulated network share.
#pragma once

#include "net.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace net_sim {

// In any process: what it throws ends the process, which a failure of the simulation tells.
inline void check(bool holds, const char* what) {
  if (!holds)
    throw std::runtime_error(what);
}

inline simulate_options quiet(std::uint64_t seed) { return {.seed = seed, .explain = false}; }
inline simulate_options undisturbed(std::uint64_t seed) { return {.seed = seed, .faults = {.split = 0}}; }

// Whether one of a thousand seeds makes the program fail.
template <class Program>
bool finds(Program program, simulate_faults faults = {}) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    simulate_options options = quiet(seed);
    options.faults = faults;
    try {
      simulate(options, program);
    } catch (const std::exception&) {
      return true;
    }
  }
  return false;
}

// From now on a call that makes a descriptor, or uses a socket, ends the program. False: this kernel has no such filter.
inline bool forbid_sockets() {
  constexpr int forbidden[] = {SYS_socket,   SYS_socketpair, SYS_connect,       SYS_accept4,        SYS_bind,          SYS_listen,
                               SYS_shutdown, SYS_sendmsg,    SYS_sendto,        SYS_recvfrom,       SYS_recvmsg,       SYS_eventfd2,
                               SYS_ioctl,    SYS_openat,     SYS_epoll_create1, SYS_timerfd_create, SYS_io_uring_setup};
  std::vector<sock_filter> program;
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const int number : forbidden) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// The status to exit with: 0 if it succeeds.
template <class Program>
int without_sockets(Program program) {
  try {
    for (std::uint64_t seed = 1; seed <= 20; ++seed)
      simulate(quiet(seed), program);
    return 0;
  } catch (...) {
    return 1;
  }
}

}  // namespace net_sim
