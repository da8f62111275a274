// blocking(f): work off the schedulers.
#include "eventually.hpp"

#include <thread>

namespace {

struct ready {};

}  // namespace

TEST_CASE("blocking resumes with the result of the function") {
  spec::in_process([]() -> process {
    const int n = co_await blocking([] { return 42; });
    CHECK(n == 42);
    const int sum = co_await blocking([](int a, int b) { return a + b; }, 1, 2);
    CHECK(sum == 3);
    bool ran = false;
    co_await blocking([&ran] { ran = true; });
    CHECK(ran);
    auto owned = co_await blocking([](std::unique_ptr<int> p) { return std::make_unique<int>(*p + 1); }, std::make_unique<int>(4));
    CHECK(*owned == 5);
    const std::string text = co_await blocking([](std::string s) { return s + "!"; }, "text");
    CHECK(text == "text!");
  });
}

TEST_CASE("what the function of blocking throws is thrown at the co_await") {
  spec::in_process([]() -> process {
    std::string what;
    try {
      (void)co_await blocking([]() -> int { throw std::runtime_error("from another thread"); });
    } catch (const std::runtime_error& e) {
      what = e.what();
    }
    CHECK(what == "from another thread");
  });
}

TEST_CASE("an exception of blocking that is not caught ends the process") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor([]() -> process { co_await blocking([] { throw std::runtime_error("uncaught"); }); });
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why.is_error());
    CHECK(spec::contains(why.what(), "uncaught"));
  });
}

TEST_CASE("inside the function of blocking there is no process") {
  spec::in_run([]() -> process {
    const bool thrown = co_await blocking([] {
      try {
        (void)self();
        return false;
      } catch (const not_a_process&) {
        return true;
      }
    });
    CHECK(thrown);
  });
}

TEST_CASE("while one process is in blocking the others run, more of them than there are schedulers") {
  spec::in_run(run_options{.schedulers = 1}, []() -> process {
    auto open = spec::make_flag();
    std::vector<monitor_ref> watches;
    for (int i = 0; i < 8; ++i)
      watches.push_back(spawn_monitor([open]() -> process {
                          co_await blocking([open] {
                            while (!open->load())
                              std::this_thread::sleep_for(1ms);
                          });
                        }).monitor);
    const pid echo = spawn([]() -> process {
      while (true)
        co_await receive([](pid from) { send(from, ready{}); });
    });
    for (int i = 0; i < 100; ++i) {
      send(echo, self());
      (void)co_await receive<ready>();
    }
    open->store(true);
    for (const monitor_ref w : watches) {
      const exit_reason why = co_await spec::end_of(w);
      CHECK(why == reason::normal);
    }
  });
}

TEST_CASE("messages that arrive during blocking stay queued") {
  spec::in_run([]() -> process {
    auto open = spec::make_flag();
    spawn([open, to = self()] {
      for (int n = 0; n < 10; ++n)
        send(to, n);
      open->store(true);
    });
    co_await blocking([open] {
      while (!open->load())
        std::this_thread::sleep_for(1ms);
    });
    for (int n = 0; n < 10; ++n) {
      const int got = co_await receive<int>();
      REQUIRE(got == n);
    }
  });
}

TEST_CASE("a process can be killed during blocking; its function runs to its end and the result is dropped") {
  spec::in_run([]() -> process {
    auto begun = spec::make_flag(), open = spec::make_flag(), done = spec::make_flag();
    const auto token = std::make_shared<const int>(1);
    auto [p, watch] = spawn_monitor([=]() -> process {
      (void)co_await blocking([=] {
        begun->store(true);
        while (!open->load())
          std::this_thread::sleep_for(1ms);
        done->store(true);
        return token;
      });
    });
    co_await spec::until(begun);
    exit(p, reason::kill);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::killed);
    CHECK_FALSE(done->load());
    open->store(true);
    co_await spec::until(done);
    co_await spec::eventually([&] { return token.use_count() == 1; });
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("blocking in a task, and many in a row") {
  spec::in_process([]() -> process {
    auto square = [](int n) -> task<int> { co_return co_await blocking([n] { return n * n; }); };
    int sum = 0;
    for (int n = 0; n < 100; ++n)
      sum += co_await square(n);
    CHECK(sum == 328350);
  });
}
