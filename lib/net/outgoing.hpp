// What was accepted for writing and has not been sent.
//
// Written by its owner process, sent at the end of the turn in which it was accepted, and from then on whenever the kernel has room, by
// whichever scheduler hears of it: hence the lock. It is held for system calls that do not wait, and never while user code runs.
#pragma once

#include "net/descriptor.hpp"
#include "process/turn_end.hpp"
#include "sched/driver.hpp"

#include <brood/exit_reason.hpp>
#include <brood/io/bytes.hpp>
#include <brood/pid.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace brood::net::detail {

class outgoing final : public brood::detail::turn_end_work, public std::enable_shared_from_this<outgoing> {
 public:
  explicit outgoing(descriptor_ptr d) noexcept : descriptor_(std::move(d)) {}

  // False: it has failed, or was finished; nothing was accepted.
  bool accept(const io::chunks& b);
  // At most `limit` bytes are unsent then; false: nothing was accepted.
  bool accept_if_below(const io::chunks& b, std::size_t limit);
  // No more will come: FIN follows what was accepted.
  void finish();
  void fail(exit_reason why) noexcept;

  // Sends what the kernel takes; the rest when it has room.
  void turn_ended() noexcept override { send(); }
  void send() noexcept;

  std::size_t unsent() const;
  std::optional<exit_reason> failure() const;
  // Tells (who, number) by an answer when at most `limit` bytes are unsent, or it has failed. False: it is so already.
  bool tell_when_below(std::size_t limit, pid who, std::uint64_t number);

 private:
  struct room;
  void has_room(int result) noexcept;
  void drain() noexcept;  // the rest: under the lock
  void wait_for_room() noexcept;
  void set_failure(exit_reason why) noexcept;
  void tell_if_below() noexcept;

  mutable std::mutex lock_;
  descriptor_ptr descriptor_;
  std::deque<io::bytes> queue_;
  std::size_t sent_of_first_ = 0;
  std::size_t unsent_ = 0;
  bool waits_ = false;  // for room
  bool finished_ = false;  // no more is accepted
  bool fin_sent_ = false;
  std::optional<exit_reason> failure_;
  pid teller_;  // who wants to know
  std::uint64_t number_ = 0;
  std::size_t limit_ = 0;
};

}  // namespace brood::net::detail
