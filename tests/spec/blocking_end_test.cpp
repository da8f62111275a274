// blocking(f) that does not return while the program ends.
#include "child.hpp"
#include "spec.hpp"

#include <thread>

namespace {

struct held {
  spec::shared_flag begun = spec::make_flag(), open = spec::make_flag(), done = spec::make_flag();
  std::shared_ptr<const int> token = std::make_shared<const int>(1);
};

// Blocks until it is let go. What it returns is destroyed wherever it comes to.
process waits_for_ever(held h) {
  (void)co_await blocking(
      [](held in) {
        in.begun->store(true);
        while (!in.open->load())
          std::this_thread::sleep_for(1ms);
        in.done->store(true);
        return in.token;
      },
      h);
}

process begins_it(held h) {
  spawn(waits_for_ever, h);
  co_await spec::until(h.begun);
}

}  // namespace

TEST_CASE("run does not wait for blocking longer than ten times the grace; what is left behind may end at any time later") {
  for (int round = 0; round < 3; ++round) {
    const held h;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(run({.grace = 20ms}, begins_it, h) == 0);
    CHECK(std::chrono::steady_clock::now() - begin < 15s);
    CHECK_FALSE(h.done->load());
    if (round == 1) {  // it returns while another runtime runs, whose processes have nothing to do with it
      spec::in_run([h]() -> process {
        h.open->store(true);
        co_await spec::until(h.done);
        co_await sleep(5ms);  // it tells nobody, so there is nothing to wait for
        const std::size_t mail = co_await spec::unread();
        CHECK(mail == 0);
      });
    }
    h.open->store(true);
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (h.token.use_count() > 1 && std::chrono::steady_clock::now() < limit)
      std::this_thread::sleep_for(1ms);
    CHECK(h.token.use_count() == 1);
  }
}

TEST_CASE("blocking that returns within ten times the grace is waited for") {
  const held h;
  std::thread later;
  CHECK(run({.grace = 1s}, [h, &later]() -> process {
          spawn(waits_for_ever, h);
          co_await spec::until(h.begun);
          later = std::thread([h] {
            std::this_thread::sleep_for(20ms);
            h.open->store(true);
          });
        }) == 0);
  later.join();
  CHECK(h.done->load());
  CHECK(h.token.use_count() == 1);
}

TEST_CASE("what has not begun is dropped at the end") {
  const held h;
  run({.grace = 1s}, [h]() -> process {
    for (int i = 0; i < 100; ++i)  // more than there are threads for it
      spawn(waits_for_ever, h);
    co_await spec::until(h.begun);
    std::thread([h] {
      std::this_thread::sleep_for(20ms);
      h.open->store(true);
    }).detach();
  });
  CHECK(h.token.use_count() == 1);
}

TEST_CASE("blocking that holds the end up is named: who asked - where it was spawned - where it waits") {
  if (spec::in_child()) {
    run({.grace = 50ms}, begins_it, held());
    std::puts("run has returned");
    std::fflush(stdout);
    return;
  }
  const spec::child_result r =
      spec::run_child("blocking that holds the end up is named: who asked - where it was spawned - where it waits");
  CHECK(r.exit_status == 0);
  INFO(r.output);
  const std::size_t word = r.output.find("have not returned within run_options::grace"), left = r.output.find("left behind");
  CHECK(word < left);
  CHECK(left < r.output.find("run has returned"));
  CHECK(spec::contains(r.output, "#PID<0."));
  CHECK(spec::contains(r.output, "blocking_end_test.cpp:16"));
  CHECK(spec::contains(r.output, "blocking_end_test.cpp:28"));
}
