// What was received and not read: received because somebody asked, framed when it is read.
#include "net/stream.hpp"

#include <cerrno>
#include <exception>
#include <utility>

namespace brood::net::detail {

namespace {

constexpr std::size_t most_at_once = std::size_t{64} << 10;

// Where the kernel puts what comes, before it is known how much that is. A thread's own, used within one call.
[[gnu::noinline]] char* scratch() {
  static thread_local char space[most_at_once];
  return space;
}

}  // namespace

io::bytes incoming::take(std::size_t n) {
  io::bytes taken(held().substr(0, n));
  drop(taken.size());
  return taken;
}

io::bytes incoming::rest() {
  std::string all;
  for (const io::bytes& frame : std::exchange(given_back_, {}))
    all += frame.view();
  all += held();
  drop(held().size());
  return io::bytes(all);
}

void incoming::put_back_frames(std::vector<io::bytes> frames) {
  if (how) {
    given_back_.insert(given_back_.begin(), frames.begin(), frames.end());
    return;
  }
  std::string all;
  for (const io::bytes& piece : frames)
    all += piece.view();
  put_back(all);
}

std::optional<io::bytes> incoming::frame_at_hand() {
  if (!given_back_.empty()) {
    std::optional<io::bytes> frame(std::move(given_back_.front()));
    given_back_.pop_front();
    return frame;
  }
  if (failure_ && how && !(*failure_ == io::ended))
    return std::nullopt;
  try {
    if (std::optional<io::bytes> frame = next_frame())
      return frame;
    return last_frame();
  } catch (const bad_frame& b) {
    fail(exit_reason(b));
  } catch (const std::exception& e) {
    fail(exit_reason(bad_frame{e.what()}));
  } catch (...) {
    fail(exit_reason(bad_frame{"the framing threw something that is no std::exception"}));
  }
  return std::nullopt;
}

void incoming::drop(std::size_t n) noexcept {
  refused_ = nothing_refused;
  from_ += n;
  if (from_ == held_.size()) {
    from_ = 0;
    if (held_.capacity() > most_at_once)
      held_ = std::string();  // one large frame does not make every later one expensive
    else
      held_.clear();
  } else if (from_ > most_at_once) {
    held_.erase(0, from_);
    from_ = 0;
  }
}

void incoming::put_back(std::string_view b) {
  refused_ = nothing_refused;
  if (b.size() <= from_) {
    from_ -= b.size();
    held_.replace(from_, b.size(), b);
    return;
  }
  held_.replace(0, from_, b);
  from_ = 0;
}

incoming::result incoming::note(ssize_t got) {
  if (got > 0)
    return result::some;
  if (got == -EAGAIN)
    return result::nothing;
  fail(got == 0 ? exit_reason(io::ended) : exit_reason(io::error{static_cast<int>(-got)}));
  return result::over;
}

incoming::result incoming::receive() {
  if (failure_)
    return result::over;
  char* const space = scratch();
  const ssize_t got = system().receive(descriptor_->number(), space, most_at_once);
  if (got > 0)
    held_.append(space, static_cast<std::size_t>(got));
  return note(got);
}

incoming::result incoming::receive_to(char* to, std::size_t size, std::size_t& got) {
  if (failure_)
    return result::over;
  const ssize_t n = system().receive(descriptor_->number(), to, size);
  if (n > 0)
    got += static_cast<std::size_t>(n);
  return note(n);
}

std::optional<io::bytes> incoming::next_frame() {
  if (!how)
    return held().empty() ? std::nullopt : std::optional(take(most_at_once));
  if (held().size() == refused_)
    return std::nullopt;  // it is asked again when there is more
  const std::optional<found> frame = how->next(held());
  if (!frame) {
    refused_ = held().size();
    return std::nullopt;
  }
  return cut(*frame);
}

io::bytes incoming::cut(const found& frame) {
  drop(frame.header);
  io::bytes text = take(frame.size);
  drop(frame.trailer);
  return text;
}

std::optional<io::bytes> incoming::last_frame() {
  if (!how || held().empty() || !failure_ || !(*failure_ == io::ended))
    return std::nullopt;
  if (const std::optional<found> frame = how->at_end(held()))
    return cut(*frame);
  failure_ = exit_reason(bad_frame{"the stream ended within a frame; rest() has its " + std::to_string(held().size()) + " bytes"});
  return std::nullopt;
}

void incoming::fail(exit_reason why) {
  if (!failure_ || *failure_ == io::ended)  // what can't be framed is worth more than that it is all
    failure_ = std::move(why);
}

}  // namespace brood::net::detail
