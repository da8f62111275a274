// A process waits for a descriptor: readiness is armed on the ring of the scheduler it runs on, and comes back as the answer with the
// number of this wait. Nothing of the process is in the kernel's hands: a process that is killed, times out or moves to another scheduler
// leaves one operation behind, and what that says is dropped by its number.
#include <brood/io/ready.hpp>

#include <brood/io/error.hpp>

#include "net/interruption.hpp"
#include "process/core.hpp"
#include "process/signals.hpp"

#include <poll.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

namespace brood::io::detail {

using namespace brood::detail;

struct readiness final : operation {
  pid who;
  std::uint64_t number = 0;
  worker* home = nullptr;
  std::shared_ptr<void> keeps;

  static void* operator new(std::size_t bytes) { return allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { deallocate(block, bytes); }
};

namespace {

unsigned to_poll(ready_set events) noexcept {
  return (events & readable ? POLLIN | POLLRDHUP : 0u) | (events & writable ? POLLOUT : 0u);
}

ready_set from_poll(int events) noexcept {
  ready_set set = ready_set::none;
  if ((events & (POLLIN | POLLRDHUP | POLLHUP)) != 0)
    set = set | readable;
  if ((events & POLLOUT) != 0)
    set = set | writable;
  if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0)
    set = set | failed;
  return set;
}

void tell(operation& o, int result) noexcept {
  auto& wait = static_cast<readiness&>(o);
  answer_question(wait.who, wait.number, result);
  wait.keeps.reset();
}

}  // namespace

bool ready_awaiter::begin(process_stack& proc) {
  process_control& p = control_of(proc);
  core& c = *this_core();
  if ((p.inbox.something_arrived() || p.has_deferred) && !p.condemned)
    take_in(c, p, p.inbox.fetch(), intake::all);
  if (p.doomed)
    return true;
  if (limit.negative())
    throw std::invalid_argument("brood: a negative time limit: use 0s to look, infinity to wait for ever");
  begin_answer_wait(proc, *this);
  try {
    if (interrupted_by_ && !interrupted_by_->enlist(number, p.self())) {
      abandon_answer_wait(proc);
      return false;
    }
    wait_ = new readiness;
  } catch (...) {
    abandon_answer_wait(proc);
    throw;
  }
  wait_->completed = tell;
  wait_->unused = [](operation& o) noexcept { delete &static_cast<readiness&>(o); };
  wait_->descriptor = fd_;
  wait_->events = to_poll(events_);
  wait_->who = p.self();
  wait_->number = number;
  wait_->home = &c;
  wait_->keeps = std::move(keeps_);
  c.io->start(*wait_);
  return true;
}

outcome<ready_set> ready_awaiter::await_resume() {
  envelope_ptr e(finish_wait(*this));
  if (interrupted_by_)
    interrupted_by_->strike(number);
  if (!wait_)
    return outcome<ready_set>::failure(exit_reason(io::error{ECANCELED}));
  if (!e) {
    leave();
    return outcome<ready_set>::failure(reason::timeout);
  }
  const int result = e->as<answer<int>>().value;
  if (result == -ECANCELED)
    leave();  // interrupted: the operation is still under way
  else
    std::exchange(wait_, nullptr)->release();
  if (result < 0)
    return outcome<ready_set>::failure(exit_reason(io::error{-result}));
  return from_poll(result);
}

bool interruption::enlist(std::uint64_t number, pid who) {
  std::lock_guard guard(lock_);
  if (!on_)
    waiting_.emplace(number, who);
  return !on_;
}

void interruption::strike(std::uint64_t number) noexcept {
  std::lock_guard guard(lock_);
  waiting_.erase(number);
}

void interruption::interrupt() {
  std::unordered_map<std::uint64_t, pid> all;
  {
    std::lock_guard guard(lock_);
    on_ = true;
    all.swap(waiting_);
  }
  for (const auto& [number, who] : all)
    answer_question(who, number, -ECANCELED);
}

bool interruption::is_on() const noexcept {
  std::lock_guard guard(lock_);
  return on_;
}

// Nobody waits for it any more.
void ready_awaiter::leave() noexcept {
  if (interrupted_by_ && number != 0)
    interrupted_by_->strike(number);
  if (readiness* const wait = std::exchange(wait_, nullptr)) {
    if (wait->home != this_core())
      wait->home->cancel_operation(*wait);
    else if (!wait->over)
      wait->home->io->cancel(*wait);
    wait->release();
  }
}

}  // namespace brood::io::detail
