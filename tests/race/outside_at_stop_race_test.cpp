// Threads outside use a runtime in every way while another thread stops it: nothing crashes, hangs or leaks, and whoever waits is
// answered. BROOD_STRESS=full: 10,000 rounds.
#include "catch.hpp"

#include <brood/brood.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace {

struct square_of {
  int n = 0;
  using reply = int;
};

process serves() {
  while (true)
    co_await receive([](request<square_of> r) { r.reply(r->n * r->n); }, [](any_message) {});
}

int rounds() {
  const char* const stress = std::getenv("BROOD_STRESS");
  return stress && std::string(stress) == "full" ? 10'000 : 300;
}

// What a thread may be told when no runtime is left.
template <class F>
void until_none_runs(F f) {
  try {
    f();
  } catch (const not_a_process&) {
  } catch (const bad_name&) {}
}

}  // namespace

TEST_CASE("threads outside that spawn, send, call, wait, monitor, arm timers, exit and stop race the end of the runtime") {
  const int all = rounds();
  std::atomic<long> asked = 0, told = 0;
  for (int round = 0; round < all; ++round) {
    const auto token = std::make_shared<const int>(1);
    {
      runtime rt({.schedulers = 2, .grace = 10s});
      const pid server = rt.spawn(serves);
      std::atomic<bool> go = true;
      std::vector<std::thread> threads;
      const auto again_and_again = [&](auto f) {
        threads.emplace_back([&go, f] {
          while (go)
            until_none_runs(f);
        });
      };
      again_and_again([&] { (void)rt.spawn([token]() -> process { co_await sleep(infinity); }); });
      again_and_again([&] {
        rt.send(server, token);
        send_after(1ms, server, token);
        cancel_timer(send_after(1h, server, token));
      });
      again_and_again([&] { (void)rt.call(server, square_of{3}, infinity); });
      again_and_again([&] {
        const pid own = rt.spawn([token]() -> process { co_await blocking([] {}); });
        exit(own, reason::shutdown);
        (void)rt.wait(own);
        ++asked;
        rt.monitor(server, [&told, token](const down&) { ++told; });
        std::this_thread::sleep_for(100us);
      });
      std::this_thread::sleep_for(std::chrono::microseconds(100 * (round % 10)));
      if (round % 3 == 0)
        threads.emplace_back([&] { rt.stop(); });
      rt.stop();
      go = false;
      for (std::thread& t : threads)
        t.join();
    }
    REQUIRE(token.use_count() == 1);
    REQUIRE(told == asked);
  }
}
