#include "io/epoll.hpp"

#include "io/deadline.hpp"

#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace brood::detail {

namespace {

#ifdef SYS_epoll_pwait2
constexpr long epoll_pwait2_number = SYS_epoll_pwait2;
#else
constexpr long epoll_pwait2_number = 441;
#endif

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
  close(epoll_);
  if (timer_ >= 0)
    close(timer_);
}

void epoll_driver::wait(std::int64_t deadline_ns) {
  if (timer_ >= 0)
    return wait_with_timerfd(deadline_ns);
  const auto timeout = to_timespec<timespec>(time_left(deadline_ns));
  epoll_event events[2];
  if (calls_.pwait2(epoll_, events, std::size(events), deadline_ns == no_deadline ? nullptr : &timeout) >= 0 || errno == EINTR)
    return;
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
  epoll_event events[2];
  if (epoll_wait(epoll_, events, std::size(events), polls ? 0 : -1) < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "brood: epoll_wait");
}

// Edge-triggered: each write or expiry is reported once, and nobody has to read the count away.
void epoll_driver::watch(int fd) {
  epoll_event interest{};
  interest.events = EPOLLIN | EPOLLET;
  interest.data.fd = fd;
  or_throw(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest), "brood: epoll_ctl");
}

}  // namespace brood::detail
