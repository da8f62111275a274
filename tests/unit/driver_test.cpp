#include "catch.hpp"

#include "io/deadline.hpp"
#include "io/driver.hpp"
#include "io/epoll.hpp"
#include "io/uring.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

using namespace brood::detail;

namespace {

constexpr std::int64_t ms = 1'000'000;

int no_pwait2(int, epoll_event*, int, const timespec*) {
  errno = ENOSYS;
  return -1;
}
constexpr epoll_calls old_kernel{no_pwait2};

int injected_results = 0;
int injected_error = 0;
int failing_submit(io_uring* ring, __kernel_timespec* timeout) {
  if (injected_results > 0) {
    --injected_results;
    return -injected_error;
  }
  return uring_calls::real.submit_and_wait(ring, timeout);
}
int refused_queue(unsigned, io_uring*, io_uring_params*) { return -ENOMEM; }
int old_queue(unsigned entries, io_uring* ring, io_uring_params* parameters) {
  return parameters->flags != 0 ? -EINVAL : uring_calls::real.queue_init(entries, ring, parameters);
}
const uring_calls failing{uring_calls::real.queue_init, failing_submit};
const uring_calls no_rings{refused_queue, uring_calls::real.submit_and_wait};
const uring_calls no_flags{old_queue, uring_calls::real.submit_and_wait};

bool uring_works() {
  static const bool works = why_not_uring().empty();
  return works;
}

// Each way to sleep that works here, on a fresh thread: a ring that was closed still interrupts a wait or two of its thread.
void with_each_driver(const std::function<void(driver&)>& check) {
  const auto run = [&](const char* what, driver&& d) {
    INFO(what);
    std::thread([&] { check(d); }).join();
  };
  run("epoll", epoll_driver());
  run("epoll with a timerfd", epoll_driver(old_kernel));
  run("io_uring without a ring", uring_driver(no_rings));
  if (uring_works()) {
    run("io_uring", uring_driver());
    run("io_uring without flags", uring_driver(no_flags));
  }
}

std::int64_t time_to_wait(driver& d, std::int64_t deadline) {
  const std::int64_t began = monotonic_now();
  d.wait(deadline);
  return monotonic_now() - began;
}

// For the calling thread alone: io_uring_setup fails with EPERM, as in a container with Docker's default profile.
void forbid_uring() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 425 /* io_uring_setup, on every architecture */, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog filter{sizeof program / sizeof program[0], program};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

}  // namespace

TEST_CASE("a wake-up before the wait ends the wait, and only that one") {
  with_each_driver([](driver& d) {
    d.wake();
    d.wake();
    CHECK(time_to_wait(d, monotonic_now() + 5000 * ms) < 50 * ms);
    const std::int64_t deadline = monotonic_now() + 20 * ms;
    d.wait(deadline);
    CHECK(monotonic_now() >= deadline);
  });
}

TEST_CASE("a wake-up from another thread ends a wait without deadline, each time") {
  with_each_driver([](driver& d) {
    std::atomic<int> sent{0}, seen{0};
    std::thread waker([&] {
      for (int i = 0; i < 500; ++i) {
        sent.store(i + 1, std::memory_order_release);  // pairs with the acquire below: the wake-up itself carries nothing
        d.wake();
        while (seen.load(std::memory_order_acquire) <= i)
          std::this_thread::yield();
      }
    });
    while (seen.load(std::memory_order_relaxed) < 500) {
      while (sent.load(std::memory_order_acquire) <= seen.load(std::memory_order_relaxed))
        d.wait(driver::no_deadline);
      seen.fetch_add(1, std::memory_order_release);
    }
    waker.join();
    CHECK(seen == 500);
  });
}

TEST_CASE("a wait ends at its deadline, and a deadline in the past only polls") {
  with_each_driver([](driver& d) {
    d.wait(0);
    CHECK(time_to_wait(d, 0) < 50 * ms);
    CHECK(time_to_wait(d, -1) < 50 * ms);
    CHECK(time_to_wait(d, monotonic_now() - 1) < 50 * ms);
    std::int64_t best = driver::no_deadline;  // of several: the machine may be busy
    for (int i = 0; i < 10; ++i) {
      const std::int64_t deadline = monotonic_now() + 3 * ms;
      d.wait(deadline);
      const std::int64_t late = monotonic_now() - deadline;
      CHECK(late >= 0);
      best = std::min(best, late);
    }
    CHECK(best < 2 * ms);
  });
}

TEST_CASE("a deadline of an earlier wait does not end a later one") {
  with_each_driver([](driver& d) {
    d.wake();
    d.wait(monotonic_now() + 10 * ms);
    const std::int64_t deadline = monotonic_now() + 40 * ms;
    d.wait(deadline);
    CHECK(monotonic_now() >= deadline);
  });
}

TEST_CASE("a signal handler may wake its own thread's driver and leaves errno alone") {
  with_each_driver([](driver& d) {
    static driver* target;
    static int errno_after_wake;
    target = &d;
    struct sigaction action{}, old{};
    action.sa_handler = [](int) {
      errno = EDOM;
      target->wake();
      errno_after_wake = errno;
    };
    sigaction(SIGUSR1, &action, &old);
    pthread_kill(pthread_self(), SIGUSR1);
    d.wait(driver::no_deadline);
    sigaction(SIGUSR1, &old, nullptr);
    CHECK(errno_after_wake == EDOM);
  });
}

TEST_CASE("a driver made and destroyed by other threads than its owner") {
  for (const driver_kind kind : {driver_kind::automatic, driver_kind::epoll}) {
    auto d = make_driver(kind, nullptr);
    std::thread owner([&] { d->wait(driver::no_deadline); });
    d->wake();
    owner.join();
    d->wake();  // late, and harmless
  }
}

TEST_CASE("io_uring lives through EAGAIN, EBUSY and EINTR and loses no wake-up") {
  if (!uring_works())
    return;
  for (const int error : {EAGAIN, EBUSY, EINTR, ETIME}) {
    INFO("errno " << error);
    uring_driver d(failing);
    injected_error = error;
    injected_results = 3;
    while (injected_results > 0)
      CHECK(time_to_wait(d, driver::no_deadline) < 1000 * ms);  // callers look again
    injected_results = 1;
    d.wake();
    d.wait(driver::no_deadline);
    d.wait(driver::no_deadline);  // the wake-up is still there for a wait that works
    const std::int64_t deadline = monotonic_now() + 10 * ms;
    while (monotonic_now() < deadline)
      d.wait(deadline);
  }
  uring_driver d(failing);
  injected_error = EBADF;
  injected_results = 1;
  CHECK_THROWS_AS(d.wait(0), std::system_error);
}

TEST_CASE("where seccomp forbids io_uring, automatic falls back and says why, uring throws the same") {
  std::string why, thrown;
  const char* name = nullptr;
  std::thread([&] {
    forbid_uring();
    name = make_driver(driver_kind::automatic, &why)->name();
    try {
      make_driver(driver_kind::uring, nullptr);
    } catch (const std::runtime_error& e) {
      thrown = e.what();
    }
  }).join();
  CHECK(name == std::string("epoll"));
  CHECK(thrown == "brood: " + why);
  CHECK(why.find("EPERM (Operation not permitted)") != std::string::npos);
  CHECK(why.find("BROOD_IO=epoll") != std::string::npos);
  CHECK((why.find("--security-opt seccomp=unconfined") != std::string::npos || why.find("io_uring_disabled") != std::string::npos));
}

TEST_CASE("the sentence names the error of any other refusal") {
  CHECK(why_not_uring(no_rings) ==
        "io_uring is not available: io_uring_setup failed with ENOMEM (Cannot allocate memory): the limit on locked memory is too "
        "low; raise it (ulimit -l, docker run --ulimit memlock=-1), or set BROOD_IO=epoll to use epoll and not be told.");
  if (!uring_works())
    return;
  injected_error = ENOSYS;
  injected_results = 1;
  CHECK(why_not_uring(failing).find("io_uring_enter failed with ENOSYS") != std::string::npos);
}

TEST_CASE("make_driver gives what it is asked for") {
  std::string why = "not touched";
  CHECK(make_driver(driver_kind::epoll, &why)->name() == std::string("epoll"));
  CHECK(why.empty());
  if (uring_works()) {
    CHECK(make_driver(driver_kind::uring, nullptr)->name() == std::string("io_uring"));
    CHECK(make_driver(driver_kind::automatic, &why)->name() == std::string("io_uring"));
    CHECK(why.empty());
  }
}
