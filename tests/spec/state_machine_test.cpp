// State machines: what gen_statem has beyond gen_server needs no further API. A state is a coroutine that receives; the state's
// variables are its locals; an event that a state does not take stays in the mailbox, postponed; a timeout is an `after`.
#include "spec/spec.hpp"

namespace {

struct event {
  int n;
};
struct change_state {};
struct ask {
  using reply = std::string;
};

}  // namespace

TEST_CASE("C167 postponed events are retried in order, and only after a state change") {
  spec::in_process([]() -> process {
    const pid machine = spawn(
        [](pid to) -> process {
          // In the first state only even events are taken; the others are postponed, not looked at again until the state changes.
          bool changed = false;
          while (!changed)
            co_await receive(when([](const event& e) { return e.n % 2 == 0; }, [&](event e) { send(to, e.n); }),
                             [&](change_state) { changed = true; });
          while (true)
            co_await receive([&](event e) { send(to, e.n); });
        },
        self());
    for (int n = 1; n <= 6; ++n)
      send(machine, event{n});
    send(machine, change_state{});
    send(machine, event{7});
    std::vector<int> order;
    for (int i = 0; i < 7; ++i)
      order.push_back(co_await receive<int>());
    CHECK(order == std::vector<int>{2, 4, 6, 1, 3, 5, 7});
  });
}

TEST_CASE("C167 an inserted event comes before all that wait: it is a call of the state's own function") {
  spec::in_process([]() -> process {
    const pid machine = spawn(
        [](pid to) -> process {
          const auto handle = [&](event e) { send(to, e.n); };
          co_await receive<change_state>();
          handle(event{100});  // next_event
          while (true)
            co_await receive(handle);
        },
        self());
    send(machine, event{1});
    send(machine, change_state{});
    const int first = co_await receive<int>();
    const int second = co_await receive<int>();
    CHECK(first == 100);
    CHECK(second == 1);
  });
}

TEST_CASE("C168 a state timeout ends with its state, an event timeout with any event, a named one only by its name") {
  spec::in_simulation(20, []() -> process {
    struct named_timeout {};
    const pid me = self();
    const auto start = now();
    const pid machine = spawn([me, start]() -> process {
      const auto tell = [&](const char* what) { send(me, std::pair(std::string(what), now() - start)); };
      const timer_ref named = send_after(70ms, self(), named_timeout{});  // runs through all states
      // Event timeout: a receive's own.
      bool idle = false;
      while (!idle)
        co_await receive([](event) {}, after(10ms, [&] { idle = true; }));
      tell("event timeout");
      // State timeout: a deadline of the state, whatever comes meanwhile.
      const auto deadline = now() + 20ms;
      for (auto left = deadline - now(); left > 0ms; left = deadline - now())
        co_await receive([](event) {}, after(left, [] {}));
      tell("state timeout");
      // The next state has none: the old one's is over.
      co_await receive([&](named_timeout) { tell("named timeout"); });
      CHECK(!cancel_timer(named));
    });
    for (int i = 0; i < 4; ++i) {
      co_await sleep(8ms);
      send(machine, event{i});
    }
    const auto first = co_await receive<std::pair<std::string, process_clock::duration>>();
    CHECK(first.first == "event timeout");
    CHECK(first.second >= 42ms);
    const auto second = co_await receive<std::pair<std::string, process_clock::duration>>();
    CHECK(second.first == "state timeout");
    CHECK(second.second - first.second >= 20ms);
    CHECK(second.second - first.second < 21ms);
    const auto third = co_await receive<std::pair<std::string, process_clock::duration>>();
    CHECK(third.first == "named timeout");
    CHECK(third.second >= 70ms);
  });
}

TEST_CASE("C168 a timeout of zero comes after inserted events") {
  spec::in_process([]() -> process {
    const pid machine = spawn(
        [](pid to) -> process {
          const auto handle = [&](event e) { send(to, e.n); };
          co_await receive<change_state>();
          handle(event{1});
          co_await receive(handle, after(0s, [&] { send(to, 2); }));
        },
        self());
    send(machine, change_state{});
    const int first = co_await receive<int>();
    const int second = co_await receive<int>();
    CHECK(first == 1);
    CHECK(second == 2);
  });
}

TEST_CASE("C169 what is done on entering a state is the beginning of its coroutine, with the old state as argument") {
  spec::in_process([]() -> process {
    enum class state { none, red, green };
    const auto entered = [](pid to, state now, state before) -> task<state> {
      send(to, std::pair(static_cast<int>(now), static_cast<int>(before)));
      co_await receive<change_state>();
      co_return now == state::red ? state::green : state::red;
    };
    const pid machine = spawn(
        [entered](pid to) -> process {
          state before = state::none, now = state::red;
          while (true) {
            const state next = co_await entered(to, now, before);
            before = std::exchange(now, next);
          }
        },
        self());
    send(machine, change_state{});
    send(machine, change_state{});
    std::vector<std::pair<int, int>> entries;
    for (int i = 0; i < 3; ++i)
      entries.push_back(co_await receive<std::pair<int, int>>());
    CHECK(entries == std::vector<std::pair<int, int>>{{1, 0}, {2, 1}, {1, 2}});
  });
}

TEST_CASE("C170 stop and reply: the replies are sent, then it ends") {
  spec::in_process([]() -> process {
    auto [machine, watch] = spawn_monitor([]() -> process {
      std::vector<request<ask>> postponed;
      while (postponed.size() < 2)
        co_await receive([&](request<ask> r) { postponed.push_back(std::move(r)); });
      for (const auto& r : postponed)
        r.reply("bye");
      exit(reason::shutdown);
    });
    const monitor_ref other =
        spawn_monitor([](pid to) -> process { exit(exit_reason(co_await call(to, ask{}))); }, machine).monitor;
    const std::string mine = co_await call(machine, ask{});
    CHECK(mine == "bye");
    const exit_reason theirs = co_await spec::end_of(other);
    CHECK(theirs == exit_reason("bye"));
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::shutdown);
  });
}
