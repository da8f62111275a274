// Handlers that are coroutines, handlers and predicates that throw.
#include "spec.hpp"

#include <string>

namespace {

struct question {
  pid from;
  int n = 0;
};
struct answer {
  int n = 0;
};
struct tagged {
  ref tag;
  int n = 0;
};
struct other {};

}  // namespace

TEST_CASE("a handler that is a coroutine is awaited, its value is the value of receive") {
  spec::in_process([]() -> process {
    send(self(), question{self(), 20});
    const int got = co_await receive(
        [](question q) -> task<int> {
          co_await sleep(1ms);
          co_return q.n + 1;
        },
        [](answer a) { return a.n; });
    CHECK(got == 21);
    send(self(), answer{5});
    const int plain = co_await receive(
        [](question q) -> task<int> {
          co_await sleep(1ms);
          co_return q.n + 1;
        },
        [](answer a) { return a.n; });
    CHECK(plain == 5);
  });
}

TEST_CASE("the closure of a coroutine handler lives until the handler has finished") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(7);
    send(self(), question{});
    const int got = co_await receive([copy = token](question) -> task<int> {
      co_await sleep(1ms);
      co_await yield();
      co_return *copy + static_cast<int>(copy.use_count());
    });
    CHECK(got == 9);
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("the message of a coroutine handler lives until the handler has finished, taken by reference, too") {
  spec::in_process([]() -> process {
    send(self(), std::string(100, 'x'));
    const std::size_t by_value = co_await receive([](std::string s) -> task<std::size_t> {
      co_await sleep(1ms);
      co_return s.size();
    });
    send(self(), std::string(200, 'x'));
    const std::size_t by_reference = co_await receive([](const std::string& s) -> task<std::size_t> {
      co_await sleep(1ms);
      co_return s.size();
    });
    CHECK(by_value == 100);
    CHECK(by_reference == 200);
  });
}

TEST_CASE("the after action may be a coroutine") {
  spec::in_process([]() -> process {
    const int got = co_await receive([](answer a) { return a.n; }, after(1ms, []() -> task<int> {
                                       co_await sleep(1ms);
                                       co_return 3;
                                     }));
    CHECK(got == 3);
  });
}

TEST_CASE("a guarded handler may be a coroutine") {
  spec::in_process([]() -> process {
    send(self(), answer{1});
    send(self(), answer{2});
    int got = 0;
    co_await receive(when([](const answer& a) { return a.n == 2; },
                          [&](answer a) -> task<> {
                            co_await yield();
                            got = a.n;
                          }));
    CHECK(got == 2);
  });
}

TEST_CASE("a handler that throws: the exception reaches the caller, its message is gone, the others stay") {
  spec::in_process([]() -> process {
    send(self(), answer{1});
    send(self(), answer{2});
    bool thrown = false;
    try {
      co_await receive([](answer) { throw std::runtime_error("handler"); });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    CHECK(thrown);
    const answer left = co_await receive<answer>();
    CHECK(left.n == 2);
    const std::size_t none = co_await spec::unread();
    CHECK(none == 0);
  });
}

TEST_CASE("a coroutine handler that throws after a suspension: the exception reaches the caller") {
  spec::in_process([]() -> process {
    send(self(), answer{1});
    bool thrown = false;
    try {
      co_await receive([](answer) -> task<> {
        co_await sleep(1ms);
        throw std::runtime_error("handler");
      });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    CHECK(thrown);
  });
}

TEST_CASE("a predicate that throws: the exception reaches the caller, nothing is lost") {
  spec::in_process([]() -> process {
    for (int n = 1; n <= 3; ++n)
      send(self(), answer{n});
    int thrown = 0;
    try {
      (void)co_await receive<answer>([](const answer& a) -> bool {
        if (a.n == 2)
          throw std::runtime_error("filter");
        return false;
      });
    } catch (const std::runtime_error&) {
      ++thrown;
    }
    try {
      co_await receive(when(
          [](const answer& a) -> bool {
            if (a.n == 3)
              throw std::runtime_error("guard");
            return false;
          },
          [](answer) {}));
    } catch (const std::runtime_error&) {
      ++thrown;
    }
    CHECK(thrown == 2);
    for (int n = 1; n <= 3; ++n) {
      const answer a = co_await receive<answer>();
      CHECK(a.n == n);
    }
  });
}

TEST_CASE("a predicate that throws on a message that arrives while the process waits: the same") {
  spec::in_process([]() -> process {
    spawn([to = self()]() -> process {
      co_await sleep(2ms);
      send(to, answer{1});
      send(to, answer{2});
    });
    bool thrown = false;
    try {
      (void)co_await receive<answer>([](const answer& a) -> bool {
        if (a.n == 2)
          throw std::runtime_error("filter");
        return false;
      });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    CHECK(thrown);
    const answer first = co_await receive<answer>();
    const answer second = co_await receive<answer>();
    CHECK(first.n == 1);
    CHECK(second.n == 2);
  });
}

TEST_CASE("C017 an inner receive for a ref that is abandoned by an exception does not make the outer one miss its message") {
  spec::in_process([]() -> process {
    const ref outer = make_ref();
    send(self(), other{});
    send(self(), tagged{outer, 1});
    bool thrown = false;
    try {
      const ref inner = make_ref();
      (void)co_await receive<tagged>([&](const tagged& m) -> bool {
        if (m.tag != inner)
          throw std::runtime_error("abandoned");
        return true;
      });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    CHECK(thrown);
    const std::optional<tagged> got = co_await receive<tagged>([&](const tagged& m) { return m.tag == outer; }, within(0s));
    REQUIRE(got);
    CHECK(got->n == 1);
    co_await receive([](other) {});
  });
}

TEST_CASE("C017 a DOWN that arrived before another monitor was made is still found by its own receive") {
  spec::in_process([]() -> process {
    auto [p, first] = spawn_monitor([] {});
    co_await spec::until_waiting(p);  // dead
    const pid gone = co_await spec::dead_process();
    const monitor_ref second = monitor(gone);
    const down d2 = co_await receive<down>(second);
    const std::optional<down> d1 = co_await receive<down>(first, within(10s));
    CHECK(d2.why == reason::noproc);
    REQUIRE(d1);
    CHECK(d1->why == reason::normal);
  });
}

TEST_CASE("receive works in nested tasks, on the mailbox of the process that awaits them") {
  spec::in_process([]() -> process {
    auto ask = [](pid server, int n) -> task<int> {
      auto wait = []() -> task<int> { co_return (co_await receive<answer>()).n; };
      send(server, question{self(), n});
      co_return co_await wait();
    };
    const pid server = spawn([]() -> process {
      while (true)
        co_await receive([](question q) { send(q.from, answer{2 * q.n}); });
    });
    const int got = co_await ask(server, 21);
    CHECK(got == 42);
  });
}
