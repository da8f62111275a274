// Readiness through each back end: what was asked for is told once, on the driver's thread, and never lost.
#include "catch.hpp"

#include "io/deadline.hpp"
#include "io/epoll.hpp"
#include "io/uring.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace brood::detail;

namespace {

int no_pwait2(int, epoll_event*, int, const timespec*) {
  errno = ENOSYS;
  return -1;
}
constexpr epoll_calls old_kernel{no_pwait2};
int refused_queue(unsigned, io_uring*, io_uring_params*) { return -ENOMEM; }
const uring_calls no_rings{refused_queue, uring_calls::real.submit_and_wait};

void with_each_driver(const std::function<void(driver&)>& check) {
  const auto run = [&](const char* what, std::unique_ptr<driver> d) {
    INFO(what);
    std::thread([&] {
      check(*d);
      d.reset();
    }).join();
  };
  run("epoll", std::make_unique<epoll_driver>());
  run("epoll with a timerfd", std::make_unique<epoll_driver>(old_kernel));
  run("io_uring without a ring", std::make_unique<uring_driver>(no_rings));
  if (why_not_uring().empty())
    run("io_uring", std::make_unique<uring_driver>());
}

struct noted : operation {
  std::optional<int> told;
  int times = 0;
  noted(int fd, unsigned wanted) {
    descriptor = fd;
    events = wanted;
    completed = [](operation& o, int result) noexcept {
      auto& mine = static_cast<noted&>(o);
      mine.told = result;
      ++mine.times;
    };
  }
};

struct pair {
  int ends[2];
  pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0); }
  ~pair() {
    for (const int end : ends)
      close(end);
  }
  int operator[](int i) const { return ends[i]; }
};

// Until it has been told, for at most two seconds.
void wait_for(driver& d, const noted& o) {
  const std::int64_t deadline = monotonic_now() + 2'000'000'000;
  while (!o.told && monotonic_now() < deadline)
    d.wait(deadline);
}

}  // namespace

TEST_CASE("what can be read is told once, and only after it was asked for") {
  with_each_driver([](driver& d) {
    const pair p;
    noted reading(p[0], POLLIN);
    d.start(reading);
    CHECK(d.under_way() == 1);
    d.poll();
    CHECK(!reading.told);
    CHECK(write(p[1], "x", 1) == 1);
    wait_for(d, reading);
    REQUIRE(reading.told);
    CHECK((*reading.told & POLLIN) != 0);
    CHECK(d.under_way() == 0);
    d.poll();
    CHECK(reading.times == 1);
    noted again(p[0], POLLIN);  // the byte is still there
    d.start(again);
    wait_for(d, again);
    CHECK(again.told);
  });
}

TEST_CASE("a reader and a writer wait for one descriptor, each for its own event") {
  with_each_driver([](driver& d) {
    const pair p;
    std::array<char, 4096> full{};
    while (write(p[0], full.data(), full.size()) > 0) {}
    noted reading(p[0], POLLIN), writing(p[0], POLLOUT);
    d.start(reading);
    d.start(writing);
    CHECK(write(p[1], "x", 1) == 1);
    wait_for(d, reading);
    CHECK(reading.told);
    CHECK(!writing.told);
    while (read(p[1], full.data(), full.size()) > 0) {}
    wait_for(d, writing);
    REQUIRE(writing.told);
    CHECK((*writing.told & POLLOUT) != 0);
  });
}

TEST_CASE("a socket that is shut down completes what waits for it") {
  with_each_driver([](driver& d) {
    const pair p;
    noted reading(p[0], POLLIN);
    d.start(reading);
    d.poll();
    shutdown(p[0], SHUT_RDWR);
    wait_for(d, reading);
    CHECK(reading.told);
  });
}

TEST_CASE("a cancelled operation is told so, a completed one is told nothing more") {
  with_each_driver([](driver& d) {
    const pair p;
    noted cancelled(p[0], POLLIN), stays(p[0], POLLIN);
    d.start(cancelled);
    d.start(stays);
    d.poll();
    d.cancel(cancelled);
    wait_for(d, cancelled);
    REQUIRE(cancelled.told);
    CHECK(*cancelled.told == -ECANCELED);
    CHECK(!stays.told);
    CHECK(write(p[1], "x", 1) == 1);
    wait_for(d, stays);
    CHECK(stays.told);
    CHECK(cancelled.times == 1);
  });
}

TEST_CASE("a number that is no descriptor is an error, a file on a disk is always ready") {
  with_each_driver([](driver& d) {
    noted nothing(1'000'000, POLLIN);
    d.start(nothing);
    CHECK(!nothing.told);  // not in the midst of a turn
    wait_for(d, nothing);
    REQUIRE(nothing.told);
    CHECK((*nothing.told == -EBADF || *nothing.told == POLLNVAL));

    const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    noted reading(file, POLLIN);
    d.start(reading);
    wait_for(d, reading);
    REQUIRE(reading.told);
    CHECK((*reading.told & POLLIN) != 0);
    close(file);
  });
}

TEST_CASE("four hundred descriptors become ready in any order: each is told") {
  with_each_driver([](driver& d) {
    constexpr int many = 400;
    std::vector<std::unique_ptr<pair>> pairs;
    std::vector<std::unique_ptr<noted>> operations;
    for (int i = 0; i < many; ++i) {
      pairs.push_back(std::make_unique<pair>());
      operations.push_back(std::make_unique<noted>((*pairs.back())[0], POLLIN));
      d.start(*operations.back());
    }
    d.poll();
    for (int i = 0; i < many; ++i)
      CHECK(write((*pairs[static_cast<std::size_t>(i * 7 % many)])[1], "x", 1) == 1);
    for (const auto& o : operations) {
      wait_for(d, *o);
      CHECK(o->times == 1);
    }
    CHECK(d.under_way() == 0);
  });
}

TEST_CASE("a driver that is destroyed tells what was under way") {
  for (const bool uring : {false, true}) {
    const pair p;
    noted reading(p[0], POLLIN);
    std::thread([&] {
      std::unique_ptr<driver> d;
      if (uring)
        d = std::make_unique<uring_driver>();
      else
        d = std::make_unique<epoll_driver>();
      d->start(reading);
      d->poll();
    }).join();
    REQUIRE(reading.told);
    CHECK(*reading.told == -ECANCELED);
  }
}

TEST_CASE("a wake-up and a deadline end a wait with operations under way") {
  with_each_driver([](driver& d) {
    const pair p;
    noted reading(p[0], POLLIN);
    d.start(reading);
    const std::int64_t deadline = monotonic_now() + 10'000'000;
    while (monotonic_now() < deadline)
      d.wait(deadline);
    CHECK(!reading.told);
    std::thread waker([&] { d.wake(); });
    d.wait(driver::no_deadline);
    waker.join();
    CHECK(!reading.told);
    d.cancel(reading);
    wait_for(d, reading);
    CHECK(reading.told);
  });
}
