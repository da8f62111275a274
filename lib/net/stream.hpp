// One stream: its descriptor, what has been received and not been read, and what has been accepted and not been sent.
#pragma once

#include "net/descriptor.hpp"
#include "net/interruption.hpp"
#include "net/outgoing.hpp"

#include <brood/net/connection.hpp>
#include <brood/timers.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace brood::net::detail {

// What has been received. Its owner process's alone.
class incoming {
 public:
  enum class result : std::uint8_t { some, nothing, over };

  explicit incoming(descriptor_ptr d) noexcept : descriptor_(std::move(d)) {}

  std::string_view held() const noexcept { return std::string_view(held_).substr(from_); }
  io::bytes take(std::size_t n);
  io::bytes rest();
  void drop(std::size_t n) noexcept;
  void put_back(std::string_view b);

  // One system call. `some`: more is held now. `over`: failure() says why nothing more will come.
  result receive();
  // The same straight to where it is wanted; the count is added to `got`.
  result receive_to(char* to, std::size_t size, std::size_t& got);

  // The next frame, if it is here whole, or the last one when the stream has ended. A framing that throws is a failure, and so is an
  // end within a frame.
  std::optional<io::bytes> frame_at_hand();
  // Frames that were taken, in their order.
  void put_back_frames(std::vector<io::bytes> frames);
  // Whether frame_at_hand may find something, or failure() says why not.
  bool has_something() const noexcept { return !held().empty() || !given_back_.empty() || failure_; }

  void fail(exit_reason why);
  const std::optional<exit_reason>& failure() const noexcept { return failure_; }

  void frame(std::unique_ptr<framer> f) noexcept {
    how = std::move(f);
    refused_ = nothing_refused;
  }

  std::unique_ptr<framer> how;  // null: raw
  bool has_reader = false;  // a read is under way

 private:
  static constexpr std::size_t nothing_refused = static_cast<std::size_t>(-1);
  std::optional<io::bytes> next_frame();
  std::optional<io::bytes> last_frame();
  result note(ssize_t got);
  io::bytes cut(const found& frame);

  descriptor_ptr descriptor_;
  std::string held_;
  std::deque<io::bytes> given_back_;  // frames, before what is held
  std::size_t from_ = 0;
  std::size_t refused_ = nothing_refused;  // with so many bytes held the framing found no frame
  std::optional<exit_reason> failure_;
};

class stream {
 public:
  stream(int fd, const socket_options& o);

  // The handle is gone. What was accepted is sent, then comes FIN.
  static void end(std::shared_ptr<stream> s) noexcept;
  // Reset: nothing more is sent or received.
  void reset() noexcept;
  address name(bool of_peer) const;

  const socket_options options;
  const socket_id id;
  descriptor_ptr descriptor;
  incoming in;
  std::shared_ptr<outgoing> out;
  std::shared_ptr<active_side> active;  // null: it never was
  std::shared_ptr<io::detail::interruption> drains;  // of the server that it came to, or null
};

struct connection_access {
  static connection make(std::shared_ptr<stream> s) noexcept { return connection(std::move(s)); }
  static stream& stream_of(const connection& c) noexcept { return *c.stream_; }
};

// A limit that several waits share.
class deadline {
 public:
  explicit deadline(time_limit limit)
      : limit_(limit), until_(limit.infinite() ? 0 : brood::now().time_since_epoch().count() + limit.count()) {}
  // What is left; never negative.
  time_limit left() const {
    if (limit_.infinite())
      return infinity;
    const auto rest = until_ - brood::now().time_since_epoch().count();
    return std::chrono::nanoseconds(rest > 0 ? rest : 0);
  }
  bool only_looks() const noexcept { return !limit_.infinite() && limit_.count() == 0; }

 private:
  time_limit limit_;
  std::int64_t until_;
};

}  // namespace brood::net::detail
