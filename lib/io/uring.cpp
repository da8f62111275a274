#include "io/uring.hpp"

#include "io/deadline.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace brood::detail {

namespace {

constexpr unsigned ring_entries = 256;
constexpr unsigned completions_at_once = 64;  // then turns: a scheduler with many busy connections serves its other processes, too

// A kernel that knows no flag of a rung says EINVAL; the next one down asks for less.
constexpr unsigned ladder[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,  // 6.1
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,  // 6.0
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG,  // 5.19
    0,
};

// NODROP: no completion is ever lost; EXT_ARG: a wait takes its timeout along (5.11).
constexpr unsigned needed_features = IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG;

int init(unsigned entries, io_uring* ring, io_uring_params* parameters) {
  if (const int result = io_uring_queue_init_params(entries, ring, parameters); result != 0)
    return result;
  const int fd = ring->ring_fd;
  if (fd > STDERR_FILENO)
    return 0;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) {
    const int error = errno;
    io_uring_queue_exit(ring);
    return -error;
  }
  close(fd);
  ring->ring_fd = ring->enter_ring_fd = moved;
  return 0;
}

int enter(io_uring* ring, __kernel_timespec* timeout) {
  // The kernel would set a timer even for no time at all, 36 us instead of none. The caller's peek runs what completed.
  if (timeout != nullptr && timeout->tv_sec == 0 && timeout->tv_nsec == 0)
    return io_uring_submit(ring);
  io_uring_cqe* first;
  return io_uring_submit_and_wait_timeout(ring, &first, 1, timeout, nullptr);
}

}  // namespace

constinit const uring_calls uring_calls::real{init, enter};

namespace {
// Rings that were closed. A new ring may lie where a closed one of another thread lay. The kernel orders the two, but ThreadSanitizer
// does not see liburing map and unmap; so whoever closes releases, and whoever opens acquires.
std::atomic<unsigned> closed_rings{0};
}  // namespace

void close_ring(io_uring& ring) noexcept {
  closed_rings.fetch_add(1, std::memory_order_release);  // partner: open_ring
  io_uring_queue_exit(&ring);
}

int open_ring(const uring_calls& calls, io_uring& ring) {
  int result = -EINVAL;
  for (const unsigned flags : ladder) {
    io_uring_params parameters{};
    parameters.flags = flags;
    result = calls.queue_init(ring_entries, &ring, &parameters);
    if (result == -EINVAL)
      continue;
    if (result == 0 && (parameters.features & needed_features) != needed_features) {
      close_ring(ring);
      return -EOPNOTSUPP;
    }
    (void)closed_rings.load(std::memory_order_acquire);  // partner: close_ring
    return result;
  }
  return result;
}

uring_driver::~uring_driver() {
  if (state_ == state::ring)
    close_ring(ring_);  // polls have no memory in the kernel's hands: they are gone with the ring
  complete_all(-ECANCELED);
}

// Made by its thread's first use of it.
bool uring_driver::has_ring() {
  if (state_ == state::new_driver)
    state_ = open_ring(calls_, ring_) == 0 ? state::ring : state::no_ring;
  return state_ == state::ring;
}

void uring_driver::wait(std::int64_t deadline_ns) {
  if (complete_what_is_over())
    deadline_ns = 0;  // what they woke runs first
  if (!has_ring())
    return wait_without_ring(deadline_ns);
  if (!arm())
    return wait_on_event(deadline_ns);
  unsubmitted_ = false;
  auto timeout = to_timespec<__kernel_timespec>(time_left(deadline_ns));
  const int result = calls_.submit_and_wait(&ring_, deadline_ns == no_deadline ? nullptr : &timeout);
  const bool reaped = reap();
  switch (-result) {
    case EAGAIN:  // no memory for the request, which stays queued for the next wait
    case EBUSY:  // completions overflowed: the kernel takes nothing more until they are reaped
      // Not at once again, or a kernel in distress would be polled in a tight loop. A wake-up is heard without the ring as well.
      if (!reaped)
        wait_on_event(std::min(deadline_ns, monotonic_now() + 1'000'000));
      return;
    case ETIME:
    case EINTR:
      return;
    default:
      if (result < 0)
        throw std::system_error(-result, std::generic_category(), "brood: io_uring_enter");
  }
}

// False only if the ring has no room, when much else is waiting to be submitted.
bool uring_driver::arm() {
  if (reading_)
    return true;
  io_uring_sqe* sqe = free_sqe();
  if (sqe == nullptr)
    return false;
  io_uring_prep_read(sqe, event_.fd(), &count_, sizeof count_, 0);
  io_uring_sqe_set_data(sqe, this);
  reading_ = true;
  return true;
}

// Room for a request: what waits there is submitted first if need be. Null only when the kernel takes nothing.
io_uring_sqe* uring_driver::free_sqe() noexcept {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  if (sqe == nullptr && io_uring_submit(&ring_) > 0)
    sqe = io_uring_get_sqe(&ring_);
  return sqe;
}

// Whether there was a completion. Whatever the read's result, the next wait starts another.
bool uring_driver::reap() {
  io_uring_cqe* cqe;
  unsigned count = 0;
  for (; count < completions_at_once && io_uring_peek_cqe(&ring_, &cqe) == 0; ++count) {
    void* const whose = io_uring_cqe_get_data(cqe);
    const int result = cqe->res;
    io_uring_cqe_seen(&ring_, cqe);
    if (whose == this)
      reading_ = false;
    else if (whose != nullptr)  // null: what a cancellation says of itself
      complete(*static_cast<operation*>(whose), result);
  }
  return count > 0;
}

void uring_driver::start(operation& o) noexcept {
  hold(o);
  if (!has_ring())
    return;  // wait_without_ring looks at it
  io_uring_sqe* const sqe = free_sqe();
  if (sqe == nullptr)
    return complete_later(o, -EAGAIN);
  io_uring_prep_poll_add(sqe, o.descriptor, o.events);
  io_uring_sqe_set_data(sqe, &o);
  unsubmitted_ = true;
}

void uring_driver::cancel(operation& o) noexcept {
  if (!has_ring())
    return complete_later(o, -ECANCELED);
  io_uring_sqe* const sqe = free_sqe();
  if (sqe == nullptr)
    return;  // it completes when its descriptor is ready or closed
  io_uring_prep_poll_remove(sqe, reinterpret_cast<std::uintptr_t>(&o));
  io_uring_sqe_set_data(sqe, nullptr);
  unsubmitted_ = true;
}

void uring_driver::poll() {
  complete_what_is_over();
  if (state_ != state::ring)
    return under_way() != 0 ? wait_without_ring(0) : void();
  if (std::exchange(unsubmitted_, false))
    io_uring_submit(&ring_);
  reap();
}

// Without the ring's help. Reads the count only if no read is in flight that will.
void uring_driver::wait_on_event(std::int64_t deadline_ns) {
  const auto timeout = to_timespec<timespec>(time_left(deadline_ns));
  pollfd event{.fd = event_.fd(), .events = POLLIN, .revents = 0};
  if (ppoll(&event, 1, deadline_ns == no_deadline ? nullptr : &timeout, nullptr) > 0 && !reading_) [[maybe_unused]]
    const auto got = read(event_.fd(), &count_, sizeof count_);
}

// For want of a ring: poll(2) over all there is. The cost grows with the operations, but all of them work.
void uring_driver::wait_without_ring(std::int64_t deadline_ns) {
  std::vector<pollfd> polled{{.fd = event_.fd(), .events = POLLIN, .revents = 0}};
  std::vector<operation*> whose{nullptr};
  for (operation* o = operations_.first(); o != nullptr; o = o->next) {
    polled.push_back({.fd = o->descriptor, .events = static_cast<short>(o->events), .revents = 0});
    whose.push_back(o);
  }
  const auto timeout = to_timespec<timespec>(time_left(deadline_ns));
  if (ppoll(polled.data(), polled.size(), deadline_ns == no_deadline ? nullptr : &timeout, nullptr) <= 0)
    return;
  if (polled[0].revents != 0) [[maybe_unused]]
    const auto got = read(event_.fd(), &count_, sizeof count_);
  for (std::size_t i = 1; i < polled.size(); ++i)
    if (polled[i].revents != 0)
      complete(*whose[i], polled[i].revents);
}

}  // namespace brood::detail
