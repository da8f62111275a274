// The runtime on an io_uring that fails now and then: nothing is lost, nothing stops.
#include "catch.hpp"

#include "io/uring.hpp"
#include "process/real_platform.hpp"
#include "process/runtime_core.hpp"

#include <brood/brood.hpp>

#include <atomic>
#include <cerrno>

using namespace brood;
using namespace brood::detail;
using namespace std::chrono_literals;

namespace {

std::atomic<unsigned> waits{0};
std::atomic<unsigned> fails_every{0};

int failing_submit(io_uring* ring, __kernel_timespec* timeout) {
  static constexpr int errors[] = {EAGAIN, EBUSY, EINTR, ETIME};
  const unsigned n = ++waits;
  if (const unsigned every = fails_every; every != 0 && n % every == 0)
    return -errors[n / every % 4];
  return uring_calls::real.submit_and_wait(ring, timeout);
}

// Fills the completion queue beyond its room before it waits.
int flooding_submit(io_uring* ring, __kernel_timespec* timeout) {
  ++waits;
  for (int batch = 0; batch < 4; ++batch) {
    while (io_uring_sqe* sqe = io_uring_get_sqe(ring))
      io_uring_prep_nop(sqe);
    if (io_uring_submit(ring) < 0)
      break;  // EBUSY: the queue has overflowed
  }
  return uring_calls::real.submit_and_wait(ring, timeout);
}

const uring_calls failing{uring_calls::real.queue_init, failing_submit};
const uring_calls flooding{uring_calls::real.queue_init, flooding_submit};

class faulty_platform final : public platform {
 public:
  explicit faulty_platform(const uring_calls& calls) : calls_(calls) {}
  std::int64_t now() noexcept override { return real_platform::instance().now(); }
  std::uint64_t random() noexcept override { return real_platform::instance().random(); }
  driver_kind choose_driver(driver_kind, std::string*) override { return driver_kind::uring; }
  std::unique_ptr<driver> make_driver(driver_kind) override { return std::make_unique<uring_driver>(calls_); }

 private:
  const uring_calls& calls_;
};

// Ping-pong between schedulers, sleeps, timers; how many of the steps were right.
process all_kinds_of_waiting(shared_unsafely<std::atomic<int>> right) {
  const pid echo = spawn([]() -> process {
    while (true)
      co_await receive([](pid from) { send(from, 1); });
  });
  for (int i = 0; i < 200; ++i) {
    send(echo, self());
    *right += co_await receive<int>(within(5s)) == 1;
    if (i % 10 == 0) {
      const auto begin = brood::now();
      co_await sleep(1ms);
      *right += brood::now() - begin >= 1ms;
      send_after(1ms, self(), 2);
      *right += co_await receive<int>(within(5s)) == 2;
    }
  }
}

int run_on(const uring_calls& calls) {
  std::atomic<int> right = 0;
  faulty_platform plat(calls);
  runtime_core rt(run_options{.schedulers = 2, .grace = 5s, .stop_on_signals = false}, plat);
  rt.start();
  const spawned first = spawn_with({}, all_kinds_of_waiting, unsafe_share(&right));
  rt.watch_first(first.process);
  (void)rt.wait_for_first([] { return false; });
  rt.stop();
  return right;
}

}  // namespace

TEST_CASE("the runtime loses nothing when io_uring says EAGAIN, EBUSY, EINTR or ETIME, now and then or always") {
  if (!why_not_uring().empty())
    return;
  for (const unsigned every : {7u, 2u, 1u}) {
    fails_every = every;
    CHECK(run_on(failing) == 200 + 2 * 20);
  }
}

TEST_CASE("the runtime loses nothing when the completion queue overflows") {
  if (!why_not_uring().empty())
    return;
  CHECK(run_on(flooding) == 200 + 2 * 20);
}
