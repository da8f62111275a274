// How a stream begins and ends.
//
// The end is the hard part. close(2) with unread input, or while the peer still sends, turns FIN into RST, and RST destroys our last
// answer on its way. So a stream that has something left to deliver takes leave in a process of its own: it sends, says FIN, then reads
// and discards until the peer has acknowledged all, has ended, or two seconds are over.
#include "net/stream.hpp"

#include "net/address.hpp"
#include "process/core.hpp"
#include "process/runtime_core.hpp"
#include "process/turn_end.hpp"

#include <brood/exit.hpp>
#include <brood/inspect.hpp>
#include <brood/io/ready.hpp>
#include <brood/spawn.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <chrono>
#include <utility>

namespace brood::net::detail {

using brood::detail::quietly;

namespace {

constexpr auto longest_farewell = std::chrono::seconds(2);
constexpr auto between_looks = std::chrono::milliseconds(20);  // nothing tells when the peer has acknowledged

bool delivered(const stream& s) noexcept {
  const int fd = s.descriptor->number();
  return s.out->unsent() == 0 && system().unread(fd) == 0 && system().unsent(fd) == 0;
}

// It has its own limits, so the end of the runtime does not end it at once; after run_options::grace that does.
process farewell(std::shared_ptr<stream> s) {
  set_label("brood: farewell of a connection");
  trap_exits();
  {
    const deadline until(s->options.send_timeout);
    while (s->out->unsent() != 0 && !s->out->failure()) {
      if (until.left().count() == 0) {
        s->reset();
        co_return;
      }
      (void)co_await quietly(io::detail::ready_awaiter(s->descriptor->number(), io::writable, until.left(), s->descriptor));
      s->out->send();
    }
  }
  const deadline until(longest_farewell);
  while (system().unsent(s->descriptor->number()) != 0 && until.left().count() != 0) {
    const incoming::result got = s->in.receive();
    if (got == incoming::result::over)
      break;
    (void)s->in.rest();
    if (got == incoming::result::nothing)
      (void)co_await quietly(io::detail::ready_awaiter(s->descriptor->number(), io::readable, between_looks, s->descriptor));
  }
}

void set_int(int fd, int level, int option, int value) noexcept {
  (void)system().set_option(fd, level, option, &value, sizeof value);  // what a Unix socket does not know is not needed there
}

}  // namespace

stream::stream(int fd, const socket_options& o)
    : options(o),
      id{brood::detail::runtime_core::next_reference()},
      descriptor(std::make_shared<detail::descriptor>(fd)),
      in(descriptor),
      out(std::make_shared<outgoing>(descriptor)) {
  if (o.nodelay)
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (o.keepalive)
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  if (o.receive_buffer > 0)
    set_int(fd, SOL_SOCKET, SO_RCVBUF, o.receive_buffer);
  if (o.send_buffer > 0)
    set_int(fd, SOL_SOCKET, SO_SNDBUF, o.send_buffer);
  if (o.linger && !o.linger->infinite()) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(std::chrono::nanoseconds(o.linger->count())).count();
    const linger l{1, static_cast<int>(seconds)};
    (void)system().set_option(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
  }
}

void stream::end(std::shared_ptr<stream> s) noexcept {
  s->out->finish();
  s->out->send();
  if (s->out->failure() || delivered(*s)) {
    system().shutdown(s->descriptor->number(), SHUT_RDWR);  // completes what still waits for it
    return;
  }
  try {
    spawn(farewell, s);
  } catch (...) {  // no room for a process, or none runs: the kernel does what it can
    system().shutdown(s->descriptor->number(), SHUT_RDWR);
  }
}

void stream::reset() noexcept {
  const linger at_once{1, 0};
  (void)system().set_option(descriptor->number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  out->fail(exit_reason(io::error{ECONNRESET}));
  in.fail(exit_reason(io::error{ECONNRESET}));
}

address stream::name(bool of_peer) const {
  socket_address k;
  k.size = sizeof k.storage;
  const int result = of_peer ? system().peer_name(descriptor->number(), k.get(), &k.size)
                             : system().local_name(descriptor->number(), k.get(), &k.size);
  return result < 0 ? address() : from_kernel(k);
}

kernel& system() noexcept { return brood::detail::simulating() ? *brood::detail::simulated_kernel : brood::detail::real_kernel(); }

}  // namespace brood::net::detail
