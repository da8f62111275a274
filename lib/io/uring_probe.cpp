// Whether io_uring works here, and in words why not.
#include "io/uring.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace brood::detail {

namespace {

struct diagnosis {
  const char* error;  // its name; null if it is none of the usual
  const char* cause_and_remedy;
};

diagnosis diagnose_eperm() {
  char setting = '0';
  std::ifstream("/proc/sys/kernel/io_uring_disabled") >> setting;
  if (setting != '0')
    return {"EPERM", "the sysctl kernel.io_uring_disabled forbids it; set it to 0 (sysctl -w kernel.io_uring_disabled=0)"};
  return {"EPERM",
          "a seccomp filter forbids it, as Docker's default profile does; run the container with "
          "--security-opt seccomp=unconfined"};
}

diagnosis diagnose(int error) {
  switch (error) {
    case EPERM:
      return diagnose_eperm();
    case EACCES:
      return {"EACCES", "a security policy such as SELinux forbids it; allow it there"};
    case ENOSYS:
      return {"ENOSYS", "this kernel, or the sandbox around it such as gVisor, has no io_uring; it takes Linux 5.11"};
    case EINVAL:
    case EOPNOTSUPP:
      return {error == EINVAL ? "EINVAL" : "EOPNOTSUPP", "this kernel's io_uring is too old; it takes Linux 5.11"};
    case ENOMEM:
      return {"ENOMEM", "the limit on locked memory is too low; raise it (ulimit -l, docker run --ulimit memlock=-1)"};
    case EMFILE:
    case ENFILE:
      return {error == EMFILE ? "EMFILE" : "ENFILE", "there are no file descriptors left; raise the limit (ulimit -n)"};
    case ETIME:
      return {"ETIME", "it accepts requests but does not complete them"};
    default:
      return {nullptr, "for no cause that Brood knows"};
  }
}

std::string sentence(const char* call, int error) {
  const auto [name, cause_and_remedy] = diagnose(error);
  return std::string("io_uring is not available: ") + call + " failed with " + (name ? name : "errno " + std::to_string(error)) +
         " (" + std::generic_category().message(error) + "): " + cause_and_remedy +
         ", or set BROOD_IO=epoll to use epoll and not be told.";
}

// A read that has something to read. 0 or a negative errno.
int read_once(const uring_calls& calls, io_uring& ring) {
  wake_event event;
  event.signal();
  std::uint64_t count = 0;
  io_uring_prep_read(io_uring_get_sqe(&ring), event.fd(), &count, sizeof count, 0);
  for (int attempt = 0; attempt < 10; ++attempt) {
    __kernel_timespec patience{.tv_sec = 1, .tv_nsec = 0};
    const int result = calls.submit_and_wait(&ring, &patience);
    io_uring_cqe* cqe;
    if (io_uring_peek_cqe(&ring, &cqe) == 0)
      return cqe->res == sizeof count ? 0 : cqe->res < 0 ? cqe->res : -EIO;
    if (result < 0 && result != -EINTR && result != -EAGAIN)
      return result;
  }
  return -ETIME;
}

}  // namespace

std::string why_not_uring(const uring_calls& calls) {
  io_uring ring;
  if (const int result = open_ring(calls, ring); result != 0)
    return sentence("io_uring_setup", -result);
  struct closer {
    io_uring& ring;
    ~closer() { close_ring(ring); }
  } closes{ring};
  if (const int result = read_once(calls, ring); result != 0)
    return sentence("io_uring_enter", -result);
  return {};
}

}  // namespace brood::detail
