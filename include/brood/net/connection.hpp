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
#include <brood/net/address.hpp>
#include <brood/net/framing.hpp>
#include <brood/outcome.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace brood::net {

struct socket_options {
  bool nodelay = true;
  bool keepalive = false;
  int receive_buffer = 0, send_buffer = 0;  // bytes; 0: the system's
  std::optional<time_limit> linger = {};
  std::size_t high_water = std::size_t{64} << 10, low_water = std::size_t{16} << 10;  // of bytes accepted and not yet sent
  time_limit send_timeout = std::chrono::seconds(30);  // without progress
};

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
  // Until all that was accepted is the kernel's.
  task<outcome<>> flush(time_limit limit = infinity);
  // Of either direction; empty while both work.
  std::optional<exit_reason> failure() const;

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
  address local() const;
  address peer() const;
  std::size_t unsent() const;
  int native_handle() const;

 private:
  friend detail::connection_access;
  explicit connection(std::shared_ptr<detail::stream> s) noexcept : stream_(std::move(s)) {}
  detail::stream& use(const char* call) const;
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

}  // namespace brood::net
