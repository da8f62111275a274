#include "net/outgoing.hpp"

#include "process/core.hpp"
#include "process/signals.hpp"

#include <brood/io/error.hpp>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace brood::net::detail {

using namespace brood::detail;

namespace {
constexpr std::size_t most_parts = 64;
constexpr std::size_t most_bytes = std::size_t{256} << 10;  // a system call
}  // namespace

// The wait for room in the kernel's buffer.
struct outgoing::room final : operation {
  std::shared_ptr<outgoing> whose;

  explicit room(std::shared_ptr<outgoing> o) noexcept : whose(std::move(o)) {
    descriptor = whose->descriptor_->number();
    events = POLLOUT;
    completed = [](operation& o, int result) noexcept { static_cast<room&>(o).whose->has_room(result); };
    unused = [](operation& o) noexcept { delete &static_cast<room&>(o); };
  }
};

bool outgoing::accept(const io::chunks& b) {
  std::lock_guard guard(lock_);
  if (failure_ || finished_)
    return false;
  queue_.insert(queue_.end(), b.parts().begin(), b.parts().end());
  unsent_ += b.size();
  return true;
}

bool outgoing::accept_if_below(const io::chunks& b, std::size_t limit) {
  std::lock_guard guard(lock_);
  if (failure_ || finished_ || unsent_ + b.size() > std::max(limit, b.size()))
    return false;
  queue_.insert(queue_.end(), b.parts().begin(), b.parts().end());
  unsent_ += b.size();
  return true;
}

void outgoing::finish() {
  std::lock_guard guard(lock_);
  finished_ = true;
}

void outgoing::fail(exit_reason why) noexcept {
  std::lock_guard guard(lock_);
  set_failure(std::move(why));
}

void outgoing::send() noexcept {
  std::lock_guard guard(lock_);
  if (!waits_)
    drain();
}

std::size_t outgoing::unsent() const {
  std::lock_guard guard(lock_);
  return unsent_;
}

std::optional<exit_reason> outgoing::failure() const {
  std::lock_guard guard(lock_);
  return failure_;
}

bool outgoing::tell_when_below(std::size_t limit, pid who, std::uint64_t number) {
  std::lock_guard guard(lock_);
  if (failure_ || unsent_ <= limit)
    return false;
  teller_ = who;
  number_ = number;
  limit_ = limit;
  return true;
}

void outgoing::has_room(int result) noexcept {
  std::lock_guard guard(lock_);
  waits_ = false;
  if (result != -ECANCELED)  // the runtime's end
    drain();
}

void outgoing::drain() noexcept {
  while (!failure_ && !queue_.empty()) {
    iovec parts[most_parts];
    std::size_t count = 0, bytes = 0, skip = sent_of_first_;
    for (auto at = queue_.begin(); at != queue_.end() && count < most_parts && bytes < most_bytes; ++at, skip = 0) {
      const std::string_view text = at->view().substr(skip);
      parts[count++] = {const_cast<char*>(text.data()), text.size()};
      bytes += text.size();
    }
    const ssize_t sent = system().send(descriptor_->number(), parts, count);
    if (sent == -EAGAIN) {
      wait_for_room();
      break;
    }
    if (sent < 0) {
      set_failure(exit_reason(io::error{static_cast<int>(-sent)}));
      break;
    }
    unsent_ -= static_cast<std::size_t>(sent);
    sent_of_first_ += static_cast<std::size_t>(sent);
    while (!queue_.empty() && sent_of_first_ >= queue_.front().size()) {
      sent_of_first_ -= queue_.front().size();
      queue_.pop_front();
    }
  }
  if (finished_ && !fin_sent_ && queue_.empty() && !failure_) {
    fin_sent_ = true;
    system().shutdown(descriptor_->number(), SHUT_WR);
  }
  tell_if_below();
}

void outgoing::wait_for_room() noexcept {
  core* const c = this_core();
  if (c == nullptr || c->io == nullptr)
    return set_failure(exit_reason(io::error{EAGAIN}));  // a thread that is no scheduler's has nowhere to wait
  try {
    auto* const wait = new room(shared_from_this());
    waits_ = true;
    c->io->start(*wait);
    wait->release();
  } catch (...) {
    set_failure(exit_reason(io::error{ENOMEM}));
  }
}

void outgoing::set_failure(exit_reason why) noexcept {
  if (failure_)
    return;
  failure_ = std::move(why);
  queue_.clear();
  unsent_ = sent_of_first_ = 0;
  tell_if_below();
}

void outgoing::tell_if_below() noexcept {
  if (number_ != 0 && (failure_ || unsent_ <= limit_))
    answer_question(teller_, std::exchange(number_, 0), true);
}

}  // namespace brood::net::detail
