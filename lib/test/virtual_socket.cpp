#include "test/virtual_socket.hpp"

#include <fmt/format.h>
#include <poll.h>

namespace brood::detail {

void virtual_socket::take(std::size_t n) noexcept {
  from_ += n;
  if (from_ == arrived_.size()) {
    arrived_.clear();
    from_ = 0;
  } else if (from_ >= std::size_t{64} << 10) {
    arrived_.erase(0, from_);
    from_ = 0;
  }
}

std::size_t virtual_socket::room() const noexcept {
  const std::size_t space = send_buffer + (peer ? peer->receive_buffer : receive_buffer);
  const std::size_t used = peer ? peer->unread() + peer->inbound_bytes : 0;
  return space > used ? space - used : 0;
}

unsigned virtual_socket::events() const noexcept {
  unsigned e = error != 0 ? POLLERR : 0;
  switch (is) {
    case state::fresh:
      return e | POLLOUT | POLLHUP;
    case state::listening:
      return e | (to_accept.empty() ? 0u : unsigned{POLLIN});
    case state::connecting:
      return e;
    case state::over:
      return e | POLLIN | POLLRDHUP | POLLHUP | POLLOUT;
    case state::connected:
      break;
  }
  const bool read_over = ended || shut_read;
  if (unread() != 0 || read_over)
    e |= POLLIN;
  if (read_over)
    e |= POLLRDHUP;
  if (read_over && shut_write)
    e |= POLLHUP;
  // As Linux says it: not for every byte that has become free, but for a third of the buffer.
  const std::size_t space = send_buffer + (peer ? peer->receive_buffer : receive_buffer);
  if (shut_write || (room() != 0 && room() * 3 >= space))
    e |= POLLOUT;
  return e;
}

std::string text_of(const virtual_socket& s) {
  const char* const kind = s.is_local() ? "" : "tcp ";
  if (s.is == virtual_socket::state::listening)
    return fmt::format("{}{}, listening", kind, text_of(s.here));
  if (s.there.family == AF_UNSPEC)
    return fmt::format("{}{}", kind, text_of(s.here));
  return fmt::format("{}{} -> {}", kind, text_of(s.here), text_of(s.there));
}

std::string state_of(const virtual_socket& s) {
  std::string text = text_of(s);
  switch (s.is) {
    case virtual_socket::state::fresh:
      return text + ", not connected";
    case virtual_socket::state::listening:
      return text + fmt::format(", {} to accept", s.to_accept.size());
    case virtual_socket::state::connecting:
      return text + ", connecting";
    case virtual_socket::state::over:
      return text + ", reset";
    case virtual_socket::state::connected:
      break;
  }
  text += s.ended ? ", peer has ended" : s.peer && s.peer->gone ? ", peer crashed" : ", peer open";
  if (s.shut_write)
    text += ", finished";
  text += fmt::format(", {} bytes unread, {} on their way", s.unread(), s.inbound_bytes);
  if (s.peer && (s.peer->unread() != 0 || s.peer->inbound_bytes != 0))
    text += fmt::format("; the peer has {} unread, {} on their way", s.peer->unread(), s.peer->inbound_bytes);
  return text;
}

}  // namespace brood::detail
