// agent: a value behind a process. C201.
#include "spec.hpp"

namespace {

template <class Body>
void in_process(Body body) {
  spec::in_run(body);
  spec::in_simulation(100, body);
}

int value_of(const int& n) { return n; }

}  // namespace

TEST_CASE("C201 get, update, get_and_update and cast run in the agent, in order") {
  in_process([]() -> process {
    outcome<agent<int>> started = co_await agent<int>::start_link(1);
    REQUIRE(started);
    const agent<int> counter = *started;
    int n = co_await counter.get(value_of);
    CHECK(n == 1);
    co_await counter.update([](int& v) { v += 10; });
    counter.cast([](int& v) { v *= 2; });
    n = co_await counter.get(value_of);
    CHECK(n == 22);
    const int old = co_await counter.get_and_update([](int& v) { return std::exchange(v, 5); });
    CHECK(old == 22);
    const pid inside = co_await counter.get([](const int&) { return self(); });
    CHECK(inside == counter.process());
    CHECK(inside != self());
    co_await counter.update([](int& v) { return ++v; });  // what it returns is dropped
    n = co_await counter.get(value_of);
    CHECK(n == 6);
  });
}

TEST_CASE("C201 increments of many processes lose nothing") {
  in_process([]() -> process {
    const agent<int> counter = *co_await agent<int>::start_link(0);
    const int workers = 20, each = 50;
    std::vector<monitor_ref> watches;
    for (int i = 0; i < workers; ++i)
      watches.push_back(spawn_monitor([counter, i]() -> process {
                          for (int k = 0; k < each; ++k) {
                            if (i % 2 == 0)
                              co_await counter.update([](int& v) { ++v; });
                            else
                              counter.cast([](int& v) { ++v; });
                          }
                          (void)co_await counter.get(value_of);  // what it cast was done
                        }).monitor);
    for (const monitor_ref w : watches) {
      const exit_reason why = co_await spec::end_of(w);
      CHECK(why == reason::normal);
    }
    const int n = co_await counter.get(value_of);
    CHECK(n == workers * each);
  });
}

TEST_CASE("the value may be move-only, and so may functions and results") {
  in_process([]() -> process {
    auto box = *co_await agent<std::unique_ptr<int>>::start_link(std::make_unique<int>(3));
    const int n = co_await box.get([](const std::unique_ptr<int>& p) { return *p; });
    CHECK(n == 3);
    co_await box.update([next = std::make_unique<int>(4)](std::unique_ptr<int>& p) mutable { p = std::move(next); });
    const std::unique_ptr<int> taken = co_await box.get_and_update([](std::unique_ptr<int>& p) { return std::move(p); });
    REQUIRE(taken);
    CHECK(*taken == 4);
    box.cast([last = std::make_unique<int>(5)](std::unique_ptr<int>& p) mutable { p = std::move(last); });
    const int five = co_await box.get([](const auto& p) { return *p; });
    CHECK(five == 5);
    const agent<std::string> text = *co_await agent<std::string>::start_link("text");
    const std::string copy = co_await text.get([](const std::string& s) -> const std::string& { return s; });
    CHECK(copy == "text");
  });
}

TEST_CASE("a function that throws ends the agent, and its caller with the agent's reason") {
  spec::collected_reports reports;
  in_process([]() -> process {
    trap_exits();
    const agent<int> counter = *co_await agent<int>::start_link(0);
    exit_reason why;
    try {
      co_await counter.update([](int&) { throw std::runtime_error("oops"); });
    } catch (const exiting& e) {
      why = e.why();
    }
    CHECK(why.what() == "oops");
    const exited e = co_await receive<exited>(counter.process());
    CHECK(e.why == why);
    try {
      (void)co_await counter.get(value_of);
    } catch (const exiting& gone) {
      why = gone.why();
    }
    CHECK(why == reason::noproc);
    counter.cast([](int& v) { ++v; });  // never fails
  });
}

TEST_CASE("an agent may have a name, is linked, and is stopped as any server") {
  in_process([]() -> process {
    const agent<int> counter = *co_await agent<int>::start_link(start_options{.name = "counter"}, 7);
    CHECK(whereis("counter") == counter.process());
    const outcome<agent<int>> second = co_await agent<int>::start_link(start_options{.name = "counter"}, 8);
    REQUIRE_FALSE(second);
    CHECK(second.why() == exit_reason(already_started{counter.process()}));
    CHECK(agent<int>(*whereis("counter")) == counter);
    const std::vector<pid> links = (co_await inspect(self()))->links;
    CHECK(links == std::vector<pid>{counter.process()});
    const outcome<> stopped = co_await stop_server(counter.process());
    CHECK(stopped);
    CHECK_FALSE(whereis("counter").has_value());
  });
}

TEST_CASE("a caller waits as long as it says, five seconds if it says nothing") {
  spec::in_simulation(20, []() -> process {
    const agent<int> counter = *co_await agent<int>::start_link(0);
    co_await suspend(counter.process());
    for (const bool standard : {false, true}) {
      const auto begin = now();
      exit_reason why;
      try {
        (void)co_await (standard ? counter.get(value_of) : counter.get(value_of, 100ms));
      } catch (const exiting& e) {
        why = e.why();
      }
      CHECK(why == reason::timeout);
      CHECK(now() - begin >= (standard ? 5s : 100ms));
    }
    co_await resume(counter.process());
    const int n = co_await counter.get(value_of);
    CHECK(n == 0);
    const std::size_t unread = co_await spec::unread();
    CHECK(unread == 0);
  });
}
