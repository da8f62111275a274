#include "net/active_side.hpp"

#include "base/persist.hpp"
#include "process/core.hpp"

#include <poll.h>

#include <cerrno>
#include <thread>
#include <utility>
#include <vector>

namespace brood::net {

using namespace brood::detail;

std::string describe(socket_id id) { return "#Socket<" + std::to_string(id.number) + '>'; }

std::string describe(draining) { return ":draining"; }

namespace detail {

namespace {

constexpr message_type arrival_type = describe_payload<arrival_signal>(signal_kind::arrival, true);

void tell(pid who, std::shared_ptr<active_side> side, std::uint64_t number) noexcept {
  transmit_always(who, persist([&] { return make_envelope<arrival_signal>(arrival_type, arrival_signal{side, number}); }));
}

template <class Message>
void admit_own(process_control& p, Message m) {
  admit(p, persist([&] { return make_message<Message>(std::move(m)); }));
}

}  // namespace

void unread_share::give_back() noexcept { std::exchange(side_, nullptr)->give_back(bytes_, number_); }

struct active_side::wait final : operation {
  std::shared_ptr<active_side> side;
  descriptor_ptr keeps;
  pid who;
  std::uint64_t number;

  wait(std::shared_ptr<active_side> a, descriptor_ptr d, pid w, std::uint64_t n) noexcept
      : side(std::move(a)), keeps(std::move(d)), who(w), number(n) {
    descriptor = keeps->number();
    events = POLLIN | POLLRDHUP;
    completed = [](operation& o, int) noexcept {
      auto& w = static_cast<wait&>(o);
      tell(w.who, std::move(w.side), w.number);
    };
    unused = [](operation& o) noexcept { delete &static_cast<wait&>(o); };
  }
};

void active_side::want(stream& s, std::size_t more, bool silent) {
  const bool was_passive = left_ == 0;
  left_ = more == for_ever || left_ == for_ever || more > for_ever - 1 - left_ ? for_ever : left_ + more;
  silent_ = silent;
  if (!was_passive)
    return;
  if (s.in.has_something() || unread_.load(std::memory_order_relaxed) >= high_.load(std::memory_order_relaxed))
    tell_owner();
  else
    arm(s);
}

void active_side::limit(std::size_t high, std::size_t low) noexcept {
  high_.store(high, std::memory_order_relaxed);
  low_.store(low, std::memory_order_relaxed);
}

void active_side::stop(process_control& p, stream& s) {
  end();
  const auto is_ours = [&](const envelope& e) {
    return (e.type == type_of<data>() && e.as<data>().from == s.id) ||
           (e.type == type_of<closed>() && e.as<closed>().from == s.id) ||
           (e.type == type_of<quiet>() && e.as<quiet>().from == s.id);
  };
  std::vector<io::bytes> unread;
  for (envelope** at = p.queue.first(); *at;) {
    if (!is_ours(**at)) {
      at = &(*at)->next;
      continue;
    }
    if ((*at)->type == type_of<data>())
      unread.push_back((*at)->as<data>().bytes);
    discard_message(p, at);
  }
  s.in.put_back_frames(std::move(unread));
}

void active_side::end() noexcept {
  left_ = 0;
  paused_.store(false, std::memory_order_relaxed);
  number_.fetch_add(1, std::memory_order_relaxed);
}

void active_side::belong_to(pid owner) noexcept {
  for (;;) {
    std::uint64_t now = owner_.load(std::memory_order_acquire);  // partner: arrived
    if (now == owner.bits())
      return;
    if (now == reading)
      std::this_thread::yield();  // it reads 64 KiB at most, then looks
    else if (owner_.compare_exchange_weak(now, owner.bits(), std::memory_order_acq_rel)) {
      serves_.store(owner.bits(), std::memory_order_relaxed);
      return end();
    }
  }
}

void active_side::arrived(process_control& p, std::uint64_t number) noexcept {
  const std::uint64_t me = p.self().bits();
  std::uint64_t now = me;
  if (!owner_.compare_exchange_strong(now, reading, std::memory_order_acquire))  // partner: belong_to
    return;  // it was given away
  if (const std::shared_ptr<stream> s = whose_.lock(); s && left_ != 0 && number == number_.load(std::memory_order_relaxed))
    read_some(p, *s);
  owner_.store(me, std::memory_order_release);  // partner: belong_to
}

// What is here, and what one system call brings.
void active_side::read_some(process_control& p, stream& s) {
  bool asked = false;
  while (left_ != 0) {
    if (unread_.load(std::memory_order_relaxed) >= high_.load(std::memory_order_relaxed)) {
      paused_.store(true, std::memory_order_seq_cst);  // partner: give_back, which lowers the count, then looks here
      if (unread_.load(std::memory_order_seq_cst) > low_.load(std::memory_order_relaxed) || !paused_.exchange(false))
        return;  // who gives back will tell
    }
    if (std::optional<io::bytes> text = s.in.frame_at_hand()) {
      if (!deliver(p, s, *std::move(text)))
        s.in.fail(exit_reason(io::error{ENOBUFS}));
      continue;
    }
    if (s.in.failure()) {
      left_ = 0;
      return admit_own(p, closed{s.id, *s.in.failure()});
    }
    if (asked)
      return arm(s);
    asked = true;
    if (s.in.receive() == incoming::result::nothing)
      return arm(s);
  }
}

// False: the mailbox's limit has dropped it.
bool active_side::deliver(process_control& p, stream& s, io::bytes text) {
  const std::size_t size = text.size() + sizeof(data);
  const std::uint64_t number = ++messages_;
  unread_.fetch_add(size, std::memory_order_relaxed);
  dropped_.store(false, std::memory_order_relaxed);
  being_admitted_.store(number, std::memory_order_relaxed);
  admit_own(p, data{s.id, std::move(text), unread_share(shared_from_this(), size, number)});
  being_admitted_.store(0, std::memory_order_relaxed);
  if (dropped_.load(std::memory_order_relaxed))
    return false;
  count_down(p, s);
  return true;
}

void active_side::count_down(process_control& p, stream& s) {
  if (left_ == for_ever || --left_ != 0 || silent_)
    return;
  admit_own(p, quiet{s.id});
}

void active_side::give_back(std::size_t bytes, std::uint64_t number) noexcept {
  if (being_admitted_.load(std::memory_order_relaxed) == number)
    dropped_.store(true, std::memory_order_relaxed);
  const std::size_t before = unread_.fetch_sub(bytes, std::memory_order_seq_cst);  // partner: read_some
  if (before - bytes > low_.load(std::memory_order_relaxed) || !paused_.exchange(false, std::memory_order_seq_cst))
    return;
  tell_owner();
}

void active_side::arm(stream& s) noexcept {
  core& c = *this_core();
  const std::uint64_t number = number_.load(std::memory_order_relaxed);
  const pid owner = pid::from_bits(serves_.load(std::memory_order_relaxed));
  operation* const w = persist([&] { return new wait(shared_from_this(), s.descriptor, owner, number); });
  c.io->start(*w);
  w->release();
}

void active_side::tell_owner() noexcept {
  tell(pid::from_bits(serves_.load(std::memory_order_relaxed)), shared_from_this(), number_.load(std::memory_order_relaxed));
}

}  // namespace detail

}  // namespace brood::net
