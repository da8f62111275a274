// Descriptors of the runtime's own: closed by exec, and never 0, 1 or 2. A program may have started with standard input, output or
// error closed; then the next descriptor that is opened gets that number, and what the program prints would go into it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace brood::detail {

// Owns fd, and gives it another number if it has one of those. -1 and errno as it came, or when there is no other.
inline int above_standard(int fd) noexcept {
  if (fd < 0 || fd > STDERR_FILENO)
    return fd;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  close(fd);
  errno = error;
  return moved;
}

// above_standard(fd), or throws std::system_error: what failed, and which limit to raise if it is that.
inline int own_descriptor(int fd, const char* call) {
  fd = above_standard(fd);
  if (fd >= 0)
    return fd;
  const int error = errno;
  std::string what = std::string("brood: ") + call;
  if (error == EMFILE || error == ENFILE)
    what += ": a runtime needs about three file descriptors a scheduler, and there are none left: raise the limit (ulimit -n)";
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace brood::detail
