// How a scheduler thread sleeps, how others end its sleep, and how it learns that a descriptor is ready. Two back ends: io_uring,
// and epoll where that is forbidden.
//
// wait, start, cancel and poll: the owner thread only, always the same one. wake and name: any thread, before, during and after a
// wait. A wake-up carries no data: publish through atomics first, then wake.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace brood::detail {

enum class driver_kind : std::uint8_t { automatic, uring, epoll };

// A wait for one descriptor's readiness, once. It carries no data: whoever is told reads or writes in its own turn. So nothing of a
// process is in the kernel's hands while it waits, and a process that is killed leaves nothing behind but this.
//
// Counted: a driver holds it from `start` until `completed` has been called, once, on the driver's thread between two turns, or when
// the driver is destroyed. The descriptor stays open until then.
struct operation {
  // result: the poll(2) events that have come, or a negative errno; -ECANCELED after cancel and at the driver's end.
  void (*completed)(operation& which, int result) noexcept = nullptr;
  // Nobody holds it any more.
  void (*unused)(operation& which) noexcept = [](operation&) noexcept {};
  int descriptor = -1;
  unsigned events = 0;  // POLLIN, POLLOUT; POLLERR and POLLHUP come unasked

  void retain() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }  // from a holder: nothing to order
  void release() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1)  // partner: itself, in the other holders
      unused(*this);
  }

  // The worker's: in its list of those that somebody wants cancelled.
  std::atomic<bool> unwanted{false};
  operation* next_unwanted = nullptr;

  // The driver's.
  int result = 0;  // once it is decided
  bool over = false;  // it is decided; owner thread
  operation* next = nullptr;
  operation* previous = nullptr;

 private:
  std::atomic<unsigned> holders_{1};  // who made it
};

// The operations of one driver that are under way. Owner thread only.
class operation_list {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  std::size_t size() const noexcept { return size_; }
  operation* first() const noexcept { return first_; }
  void add(operation& o) noexcept {
    o.previous = nullptr;
    o.next = first_;
    if (first_)
      first_->previous = &o;
    first_ = &o;
    ++size_;
  }
  void remove(operation& o) noexcept {
    (o.previous ? o.previous->next : first_) = o.next;
    if (o.next)
      o.next->previous = o.previous;
    o.next = o.previous = nullptr;
    --size_;
  }

 private:
  operation* first_ = nullptr;
  std::size_t size_ = 0;
};

class driver {
 public:
  static constexpr std::int64_t no_deadline = std::numeric_limits<std::int64_t>::max();

  driver() = default;
  driver(const driver&) = delete;
  driver& operator=(const driver&) = delete;
  virtual ~driver() = default;

  // Sleeps until wake() or until CLOCK_MONOTONIC reaches the deadline, in nanoseconds; one in the past only polls. Returns for no
  // reason now and then (a signal, a kernel short of memory): callers look again at what they waited for.
  virtual void wait(std::int64_t deadline_ns) = 0;

  // Ends the current wait, or else the next. Any number before a wait end that one wait. Safe in a signal handler.
  virtual void wake() noexcept = 0;

  // Begins to wait for o.descriptor. Never completes it at once: the caller is in the midst of a turn. Never fails: what the kernel
  // refuses completes with the error.
  virtual void start(operation& o) noexcept = 0;
  // Completes it soon, with -ECANCELED, unless it has completed already.
  virtual void cancel(operation& o) noexcept = 0;
  // Gives the kernel what was started, completes what is ready. Does not wait.
  virtual void poll() = 0;
  // How many operations are under way: an idle driver need not be polled.
  std::size_t under_way() const noexcept { return operations_.size() + over_.size(); }

  virtual const char* name() const noexcept = 0;

 protected:
  // First thing in start.
  void hold(operation& o) noexcept {
    o.retain();
    operations_.add(o);
  }
  void complete(operation& o, int result) noexcept {
    operations_.remove(o);
    tell(o, result);
  }
  // For what is decided in the midst of a turn: told by the next poll or wait.
  void complete_later(operation& o, int result) noexcept {
    operations_.remove(o);
    o.over = true;
    o.result = result;
    over_.add(o);
  }
  // Whether there was any.
  bool complete_what_is_over() noexcept {
    const bool any = !over_.empty();
    for (std::size_t n = over_.size(); n > 0; --n) {  // what they start in turn waits for the next time
      operation* const o = over_.first();
      over_.remove(*o);
      tell(*o, o->result);
    }
    return any;
  }
  void complete_all(int result) noexcept {
    while (operation* const o = operations_.first())
      complete(*o, result);
    while (complete_what_is_over()) {}
  }

 private:
  static void tell(operation& o, int result) noexcept {
    o.over = true;
    o.completed(o, result);
    o.release();
  }

 protected:
  operation_list operations_;  // the kernel knows of these, or will
  operation_list over_;
};

}  // namespace brood::detail
