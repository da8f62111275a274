// A stream in active mode: readiness arrives as a signal of the process that it serves, and is turned into messages there.
//
// All of it belongs to that process, its owner, but for what comes back from messages (any thread) and the word that names the owner.
// Readiness that was armed before it became passive, or for an earlier owner, says an old number and is dropped.
#pragma once

#include "net/stream.hpp"
#include "process/signals.hpp"

#include <brood/net/active.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace brood::net::detail {

class active_side final : public brood::detail::arrival, public std::enable_shared_from_this<active_side> {
 public:
  static constexpr std::size_t for_ever = static_cast<std::size_t>(-1);

  active_side(std::weak_ptr<stream> whose, pid owner) noexcept
      : whose_(std::move(whose)), owner_(owner.bits()), serves_(owner.bits()) {}

  // The owner's calls. `more` messages are added to what is left; `silent`: no `quiet` when they have been sent.
  void want(stream& s, std::size_t more, bool silent);
  bool wants() const noexcept { return left_ != 0; }
  void limit(std::size_t high, std::size_t low) noexcept;
  // No message is made any more; those in p's mailbox become what is read next.
  void stop(brood::detail::process_control& p, stream& s);
  // Nothing is wanted any more.
  void end() noexcept;

  // By the process that has the handle, before any call: from now on it is the owner, and an earlier one hears nothing more.
  void belong_to(pid owner) noexcept;

  void arrived(brood::detail::process_control& p, std::uint64_t number) noexcept override;
  // A message was destroyed. Any thread.
  void give_back(std::size_t bytes, std::uint64_t number) noexcept;

 private:
  struct wait;
  static constexpr std::uint64_t reading = ~std::uint64_t{0};  // instead of the owner, while it reads: nobody takes over

  void read_some(brood::detail::process_control& p, stream& s);
  bool deliver(brood::detail::process_control& p, stream& s, io::bytes text);
  void count_down(brood::detail::process_control& p, stream& s);
  void arm(stream& s) noexcept;
  void tell_owner() noexcept;

  const std::weak_ptr<stream> whose_;
  std::atomic<std::uint64_t> owner_;  // a pid's bits, or `reading`

  std::atomic<std::uint64_t> serves_;  // the owner, also while it reads

  // The owner's.
  std::size_t left_ = 0;  // messages that are wanted; 0: passive
  bool silent_ = false;
  std::uint64_t messages_ = 0;
  std::atomic<std::uint64_t> number_{0};  // of the wait that is armed; others are old. Read by who gives back

  // What was delivered and still lives.
  std::atomic<std::size_t> unread_{0};
  std::atomic<std::size_t> high_{std::size_t{1} << 20}, low_{std::size_t{256} << 10};
  std::atomic<bool> paused_{false};
  std::atomic<std::uint64_t> being_admitted_{0};  // the number of a message, which the mailbox's limit may drop
  std::atomic<bool> dropped_{false};
};

}  // namespace brood::net::detail
