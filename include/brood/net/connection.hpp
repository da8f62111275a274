// `net::connection`: a stream, over TCP or a Unix socket, as one process uses it.
//
// A handle owns: it is move-only, and the stream ends when the last handle is destroyed, by leaving scope, by a crash, by a kill, in a
// message that nobody took. One process uses it at a time; send it to give it away. Nothing is read that nobody asked for.
//
// What the world does is an outcome: io::ended at the end, an io::error after a failure, reason::timeout. A failure is for good, a timeout
// takes nothing back. A mistake is an exception at the call: an empty handle, a size of 0, a second reader.
//
//     process echo(net::connection c) {
//       while (auto d = co_await c.read())
//         co_await c.write(*d);
//     }
#pragma once

#include <brood/io/bytes.hpp>
#include <brood/io/error.hpp>
#include <brood/net/active.hpp>
#include <brood/net/address.hpp>
#include <brood/net/framing.hpp>
#include <brood/outcome.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace brood::net {

struct socket_options {
  bool nodelay = true;
  bool keepalive = false;
  int receive_buffer = 0, send_buffer = 0;  // bytes; 0: the system's
  std::optional<time_limit> linger = {};
  std::size_t high_water = std::size_t{64} << 10, low_water = std::size_t{16} << 10;  // of bytes accepted and not yet sent
  time_limit send_timeout = std::chrono::seconds(30);  // without progress
};

// In why() of read_next, and the message that the processes of a server get: it ends when they have.
struct draining {
  friend bool operator==(draining, draining) = default;
};
std::string describe(draining);

namespace detail {
class stream;
struct connection_access;
}  // namespace detail

class connection {
 public:
  connection() noexcept = default;
  connection(connection&& other) noexcept = default;
  connection& operator=(connection&& other) noexcept {
    end();
    stream_ = std::move(other.stream_);
    return *this;
  }
  ~connection() { end(); }
  explicit operator bool() const noexcept { return stream_ != nullptr; }

  // ---- reading

  // What has come, at least one byte and at most 64 KiB; with a framing, one frame.
  task<outcome<io::bytes>> read(time_limit limit = infinity);
  // The same, for a process that is between two requests: fails with net::draining when its server drains and nothing of the next one
  // has arrived.
  task<outcome<io::bytes>> read_next(time_limit limit = infinity);
  // Exactly n bytes. Ended before: io::ended, and rest() has what came. n: 1 to 1 GiB.
  task<outcome<io::bytes>> read(std::size_t n, time_limit limit = infinity);
  // Up to and with mark. Longer than max: io::error{EMSGSIZE}, and nothing is consumed.
  task<outcome<io::bytes>> read_until(std::string mark, std::size_t max = std::size_t{64} << 10, time_limit limit = infinity);
  // At least n bytes, which stay for the next read.
  task<outcome<io::bytes>> peek(std::size_t n = 1, time_limit limit = infinity);
  // Takes what has been received and not been read. Never waits.
  io::bytes rest();
  // Puts it back to the front: the next read finds it first.
  void unread(io::bytes b);

  // ---- writing: accepted in order, in full or not at all

  // True: accepted; it leaves with all else that is written in this turn. False: the connection has failed. May be ignored: the next
  // read says so, too. Waits while high_water bytes are unsent, until low_water.
  task<bool> write(io::chunks b);
  task<bool> write(io::bytes b);
  // False: has failed, or would have to wait; nothing was accepted.
  bool try_write(io::chunks b);
  bool try_write(io::bytes b);
  // Until all that was accepted is the kernel's.
  task<outcome<>> flush(time_limit limit = infinity);
  // Of either direction; empty while both work.
  std::optional<exit_reason> failure() const;

  // ---- active: what comes is told to the process that calls this, as the messages net::data, net::closed, net::quiet

  // One message more, n more (the last is followed by net::quiet), or all until passive(). After the end, net::closed again.
  // A read meanwhile throws std::logic_error. OTP: inet:setopts/2, active
  void active(once_t);
  void active(std::size_t n);
  void active(always_t);
  // No message of this connection comes after this; those that are unread are the next read()s', in their order.
  task<> passive();
  // Bytes of messages that still live: above high nothing more is received, until they are low.
  void active_limit(std::size_t high = std::size_t{1} << 20, std::size_t low = std::size_t{256} << 10);

  // ---- ending

  // No more from this side, after what was accepted. Reading goes on.
  void finish();
  // Finishes, flushes, closes. why(): what could not be delivered; the connection is gone all the same. Destroying does the same
  // without waiting, and gives up after send_timeout.
  task<outcome<>> close(time_limit limit = std::chrono::seconds(5));
  // Drops all at once; the peer reads io::error{ECONNRESET}.
  void abort();

  // ---- about it

  // How it is read from now on: from the next byte that has not been read. OTP: {packet, …}
  template <framing F>
  void frame(F how) {
    set_framer(detail::forget_type(std::move(how)));
  }
  socket_id id() const;
  address local() const;
  address peer() const;
  std::size_t unsent() const;
  // Its server wants to end: see serve_connections.
  bool draining() const;
  int native_handle() const;

 private:
  friend detail::connection_access;
  explicit connection(std::shared_ptr<detail::stream> s) noexcept : stream_(std::move(s)) {}
  detail::stream& use(const char* call) const;
  detail::active_side& begin_active();
  void set_framer(std::unique_ptr<detail::framer> f);
  void end() noexcept;

  std::shared_ptr<detail::stream> stream_;
};

// Two ends of one stream, for tests. Does not wait.
outcome<std::pair<connection, connection>> connected_pair();

struct connect_options {
  time_limit timeout = std::chrono::seconds(5);
  address from = {};
  socket_options socket = {};
};
// why(): reason::timeout, io::error{ECONNREFUSED} and the like. OTP: gen_tcp:connect/4
task<outcome<connection>> connect(address to, connect_options options = {});
// One of several, of a name's: tried 250 ms apart, the first that answers wins, a refusal brings the next one forward. why(): the last
// one's, or net::name_error. `timeout` is the limit of all of it. RFC 8305
task<outcome<connection>> connect(std::vector<address> any_of, connect_options options = {});
task<outcome<connection>> connect(std::string host, std::uint16_t port, connect_options options = {});

}  // namespace brood::net
