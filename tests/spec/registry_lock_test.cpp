// registry::lock: one process at a time for a key. C208.
#include "spec.hpp"

#include <algorithm>

namespace {

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(100, body);
}

}  // namespace

TEST_CASE("C208 lock: one at a time for a key, in line; other keys do not wait") {
  in_process([]() -> process {
    registry<std::string> names;
    auto inside = std::make_shared<std::atomic<int>>(0);
    auto most = std::make_shared<std::atomic<int>>(0);
    std::vector<monitor_ref> watches;
    for (int i = 0; i < 10; ++i)
      watches.push_back(spawn_monitor([=]() -> process {
                          for (int round = 0; round < 5; ++round)
                            co_await names.lock("k", [=]() -> task<> {
                              most->store(std::max(most->load(), ++*inside));
                              co_await yield();
                              --*inside;
                            });
                        }).monitor);
    for (const monitor_ref w : watches) {
      const exit_reason why = co_await spec::end_of(w);
      CHECK(why == reason::normal);
    }
    CHECK(most->load() == 1);
    const std::string value = co_await names.lock("a", [=]() -> task<std::string> {
      const int n = co_await names.lock("b", [] { return 7; });
      co_return std::to_string(n);
    });
    CHECK(value == "7");
  });
}

TEST_CASE("C208 lock: released when f throws; locking again what one holds is an error") {
  in_process([]() -> process {
    registry<std::string> names;
    bool thrown = false;
    try {
      co_await names.lock("k", []() -> task<> {
        co_await yield();
        throw std::runtime_error("oops");
      });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    CHECK(thrown);
    bool refused = false;
    co_await names.lock("k", [&]() -> task<> {
      try {
        co_await names.lock("k", [] {});
      } catch (const std::logic_error&) {
        refused = true;
      }
    });
    CHECK(refused);
    const int n = co_await names.lock("k", [] { return 1; });
    CHECK(n == 1);
  });
}

TEST_CASE("C208 lock: the death of the holder passes it on, the death of one in line changes nothing") {
  in_process([]() -> process {
    registry<std::string> names;
    const pid me = self();
    auto hold = [names, me](int n) {
      return spawn_monitor([names, me, n]() -> process {
        co_await names.lock("k", [me, n]() -> task<> {
          send(me, n);
          co_await sleep(infinity);
        });
      });
    };
    const spawned first = hold(1);
    int holder = co_await receive<int>();
    CHECK(holder == 1);
    const spawned second = hold(2);
    co_await spec::until_waiting(second.process);
    const spawned third = hold(3);
    co_await spec::until_waiting(third.process);
    exit(second.process, reason::kill);
    (void)co_await spec::end_of(second.monitor);
    exit(first.process, reason::kill);
    holder = co_await receive<int>();
    CHECK(holder == 3);
    exit(third.process, reason::kill);
    const int free = co_await names.lock("k", [] { return 4; });
    CHECK(free == 4);
  });
}

TEST_CASE("C208 lock: kills at random never leave it locked or shared") {
  spec::in_simulation(200, []() -> process {
    registry<int> names;
    auto inside = std::make_shared<std::atomic<int>>(0);
    auto shared = spec::make_flag();
    std::vector<pid> all;
    for (int i = 0; i < 8; ++i)
      all.push_back(spawn([=]() -> process {
        while (true)
          co_await names.lock(1, [=]() -> task<> {
            const spec::on_destruction leave([=] { --*inside; });
            if (++*inside > 1)
              shared->store(true);
            co_await yield();
          });
      }));
    for (const pid p : all) {
      for (int i = 0; i < 3; ++i)
        co_await yield();
      exit(p, reason::kill);
    }
    const int n = co_await names.lock(1, [] { return 1; });
    CHECK(n == 1);
    CHECK_FALSE(shared->load());
  });
}
