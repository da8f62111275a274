#include "io/epoll.hpp"

#include "io/deadline.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace brood::detail {

namespace {

#ifdef SYS_epoll_pwait2
constexpr long epoll_pwait2_number = SYS_epoll_pwait2;
#else
constexpr long epoll_pwait2_number = 441;
#endif

constexpr int events_at_once = 64;  // then turns: a scheduler with many busy connections serves its other processes, too

int epoll_pwait2_call(int epoll, epoll_event* events, int capacity, const timespec* timeout) {
  return static_cast<int>(syscall(epoll_pwait2_number, epoll, events, capacity, timeout, nullptr, 0));
}

int or_throw(int result, const char* what) {
  if (result < 0)
    throw std::system_error(errno, std::generic_category(), what);
  return result;
}

}  // namespace

constinit const epoll_calls epoll_calls::real{epoll_pwait2_call};

epoll_driver::epoll_driver(const epoll_calls& calls) : calls_(calls) {
  epoll_ = own_descriptor(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  try {
    watch(event_.fd());
  } catch (...) {
    close(epoll_);
    throw;
  }
}

epoll_driver::~epoll_driver() {
  waiting_.clear();
  complete_all(-ECANCELED);
  close(epoll_);
  if (timer_ >= 0)
    close(timer_);
}

void epoll_driver::wait(std::int64_t deadline_ns) {
  if (complete_what_is_over())
    deadline_ns = 0;  // what they woke runs first
  if (timer_ >= 0)
    return wait_with_timerfd(deadline_ns);
  const auto timeout = to_timespec<timespec>(time_left(deadline_ns));
  epoll_event events[events_at_once];
  const int count = calls_.pwait2(epoll_, events, events_at_once, deadline_ns == no_deadline ? nullptr : &timeout);
  if (count >= 0 || errno == EINTR)
    return take(events, count);
  if (errno != ENOSYS && errno != EPERM)  // EPERM: how seccomp filters say ENOSYS
    throw std::system_error(errno, std::generic_category(), "brood: epoll_pwait2");
  if (!make_timer())
    return wait_in_milliseconds(deadline_ns);
  wait_with_timerfd(deadline_ns);
}

// False: there is no descriptor to be had for it now.
bool epoll_driver::make_timer() {
  const int timer = above_standard(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (timer < 0)
    return false;
  try {
    watch(timer);
  } catch (...) {
    close(timer);
    throw;
  }
  timer_ = timer;
  return true;
}

// Late by up to a millisecond.
void epoll_driver::wait_in_milliseconds(std::int64_t deadline_ns) {
  constexpr std::int64_t longest = 1'000'000;
  const std::int64_t left = deadline_ns == no_deadline ? -1 : std::min(longest, (time_left(deadline_ns) + 999'999) / 1'000'000);
  epoll_event events[2];
  if (epoll_wait(epoll_, events, std::size(events), static_cast<int>(left)) < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "brood: epoll_wait");
}

void epoll_driver::wait_with_timerfd(std::int64_t deadline_ns) {
  const bool polls = time_left(deadline_ns) == 0;
  const bool arms = !polls && deadline_ns != no_deadline;
  if (arms || timer_armed_) {  // one left armed would end a later wait early
    itimerspec when{};
    if (arms)
      when.it_value = to_timespec<timespec>(deadline_ns);
    or_throw(timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr), "brood: timerfd_settime");
    timer_armed_ = arms;
  }
  epoll_event events[events_at_once];
  const int count = epoll_wait(epoll_, events, events_at_once, polls ? 0 : -1);
  if (count < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "brood: epoll_wait");
  take(events, count);
}

void epoll_driver::poll() {
  complete_what_is_over();
  if (operations_.empty())
    return;
  epoll_event events[events_at_once];
  take(events, epoll_wait(epoll_, events, events_at_once, 0));
}

void epoll_driver::take(const epoll_event* events, int count) noexcept {
  for (int i = 0; i < count; ++i)
    if (events[i].data.fd != event_.fd() && events[i].data.fd != timer_)
      ready(events[i].data.fd, events[i].events);
}

// Whoever waits for one of these events is answered; the others' interest is armed anew, for it was for once.
void epoll_driver::ready(int fd, unsigned events) noexcept {
  const auto found = waiting_.find(fd);
  if (found == waiting_.end())
    return;
  std::vector<operation*> rest;
  for (operation* o : std::exchange(found->second, {})) {
    const unsigned its = events & (o->events | POLLERR | POLLHUP | POLLNVAL);
    if (its != 0)
      complete_later(*o, static_cast<int>(its));
    else
      rest.push_back(o);
  }
  if (rest.empty()) {
    waiting_.erase(found);
  } else {
    found->second = std::move(rest);
    arm(fd);
  }
  complete_what_is_over();
}

int epoll_driver::arm(int fd) noexcept {
  epoll_event interest{};
  interest.events = EPOLLONESHOT;
  for (const operation* o : waiting_[fd])
    interest.events |= o->events;
  interest.data.fd = fd;
  // The kernel forgets a descriptor when it is closed, and knows it from its first wait until then.
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &interest) == 0)
    return 0;
  if (errno == ENOENT && epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest) == 0)
    return 0;
  return errno;
}

void epoll_driver::start(operation& o) noexcept {
  hold(o);
  int failure = ENOMEM;
  try {
    waiting_[o.descriptor].push_back(&o);
    failure = arm(o.descriptor);
  } catch (const std::bad_alloc&) {}
  if (failure == 0)
    return;
  forget(o);
  // A file on a disk: epoll knows none, and poll(2) calls it ready always.
  complete_later(o, failure == EPERM ? static_cast<int>(o.events) : -failure);
}

void epoll_driver::cancel(operation& o) noexcept {
  if (!forget(o))
    return;  // over already, and about to be told
  complete_later(o, -ECANCELED);
}

// Whether it was among those that wait.
bool epoll_driver::forget(operation& o) noexcept {
  const auto found = waiting_.find(o.descriptor);
  if (found == waiting_.end() || std::erase(found->second, &o) == 0)
    return false;
  if (found->second.empty())
    waiting_.erase(found);  // an event that still comes finds nobody
  return true;
}

// Edge-triggered: each write or expiry is reported once, and nobody has to read the count away.
void epoll_driver::watch(int fd) {
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLET;
  interest.data.fd = fd;
  or_throw(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest), "brood: epoll_ctl");
}

}  // namespace brood::detail
