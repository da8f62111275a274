// Selective receive: which message is taken, by which handler. semantics.md 3.2
#include "spec.hpp"

namespace {

struct a {};
struct b {};
struct c {};
struct numbered {
  int n = 0;
};
struct other {
  int n = 0;
};

}  // namespace

TEST_CASE("C001 messages of one sender are received in the order they were sent") {
  spec::in_process([]() -> process {
    spawn([to = self()] {
      for (int n = 0; n < 1000; ++n)
        send(to, n);
    });
    for (int n = 0; n < 1000; ++n) {
      const int got = co_await receive<int>();
      REQUIRE(got == n);
    }
  });
}

TEST_CASE("C001 receive of any_message takes the oldest, whatever its type") {
  spec::in_process([]() -> process {
    send(self(), 1);
    send(self(), "two");
    send(self(), numbered{3});
    any_message first = co_await receive<any_message>();
    REQUIRE(first.get_if<int>() != nullptr);
    CHECK(*first.get_if<int>() == 1);
    CHECK(first.get_if<std::string>() == nullptr);
    any_message second = co_await receive<any_message>();
    REQUIRE(second.get_if<std::string>() != nullptr);
    CHECK(*second.get_if<std::string>() == "two");
    any_message third = co_await receive<any_message>();
    REQUIRE(third.get_if<numbered>() != nullptr);
    CHECK(third.get_if<numbered>()->n == 3);
    CHECK(spec::contains(third.type_name(), "numbered"));
  });
}

TEST_CASE("C002 the oldest message wins over the order of the handlers") {
  spec::in_process([]() -> process {
    send(self(), b{});
    send(self(), a{});
    const char got = co_await receive([](a) { return 'a'; }, [](b) { return 'b'; });
    CHECK(got == 'b');
  });
}

TEST_CASE("C003 messages that no handler takes stay, in order") {
  spec::in_process([]() -> process {
    send(self(), a{});
    send(self(), b{});
    send(self(), c{});
    co_await receive([](c) {});
    const char first = co_await receive([](a) { return 'a'; }, [](b) { return 'b'; }, [](c) { return 'c'; });
    const char second = co_await receive([](a) { return 'a'; }, [](b) { return 'b'; }, [](c) { return 'c'; });
    CHECK(first == 'a');
    CHECK(second == 'b');
  });
}

TEST_CASE("C003 what was skipped while waiting is seen by the next receive, oldest first") {
  spec::in_process([]() -> process {
    spawn([to = self()]() -> process {
      for (int n = 0; n < 50; ++n)
        send(to, numbered{n});
      co_await sleep(1ms);
      for (int n = 50; n < 100; ++n)
        send(to, numbered{n});
      send(to, c{});
    });
    co_await receive([](c) {});
    for (int n = 0; n < 100; ++n) {
      const numbered got = co_await receive<numbered>();
      REQUIRE(got.n == n);
    }
  });
}

TEST_CASE("the handlers of one receive are tried in order for each message") {
  spec::in_process([]() -> process {
    send(self(), numbered{1});
    const char got =
        co_await receive([](other) { return 'o'; }, when([](const numbered& m) { return m.n == 1; }, [](numbered) { return 'g'; }),
                         [](numbered) { return 'n'; }, [](any_message) { return '*'; });
    CHECK(got == 'g');
  });
}

TEST_CASE("any_message as a handler takes what the handlers before it leave") {
  spec::in_process([]() -> process {
    send(self(), other{7});
    send(self(), numbered{1});
    std::string got;
    for (int i = 0; i < 2; ++i)
      co_await receive([&](numbered) { got += 'n'; }, [&](any_message m) { got += m.get_if<other>() ? 'o' : '?'; });
    CHECK(got == "on");
  });
}

TEST_CASE("any_message matches down and exited, too") {
  spec::in_process([]() -> process {
    trap_exits();
    auto [child, watch] = spawn(spawn_options{.link = true, .monitor = true}, [] {});
    any_message first = co_await receive<any_message>();
    REQUIRE(first.get_if<exited>() != nullptr);
    CHECK(first.get_if<exited>()->who == child);
    any_message second = co_await receive<any_message>();
    REQUIRE(second.get_if<down>() != nullptr);
    CHECK(second.get_if<down>()->monitor == watch);
  });
}

TEST_CASE("a guard that is false leaves the message in the queue") {
  spec::in_process([]() -> process {
    for (int n = 1; n <= 5; ++n)
      send(self(), numbered{n});
    const int four = co_await receive(when([](const numbered& m) { return m.n > 3; }, [](numbered m) { return m.n; }));
    CHECK(four == 4);
    for (int expected : {1, 2, 3, 5}) {
      const numbered got = co_await receive<numbered>();
      CHECK(got.n == expected);
    }
  });
}

TEST_CASE("a guard may look at what the process knows") {
  spec::in_process([]() -> process {
    const ref mine = make_ref();
    struct answer {
      ref to;
      int n;
    };
    send(self(), answer{make_ref(), 1});
    send(self(), answer{mine, 2});
    const int n = co_await receive(when([&](const answer& m) { return m.to == mine; }, [](const answer& m) { return m.n; }));
    CHECK(n == 2);
  });
}

TEST_CASE("a handler takes its message by value, by const reference or by rvalue reference") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(3);
    for (int i = 0; i < 3; ++i)
      send(self(), token);
    using message = std::shared_ptr<const int>;
    co_await receive([&](message m) { CHECK(m == token); });
    co_await receive([&](const message& m) { CHECK(m == token); });
    message kept;
    co_await receive([&](message&& m) { kept = std::move(m); });
    CHECK(kept == token);
    CHECK(token.use_count() == 2);  // token and kept: the taken messages are gone
  });
}

TEST_CASE("the value of receive is the value of the handler that ran") {
  spec::in_process([]() -> process {
    send(self(), numbered{20});
    send(self(), other{1});
    const int first = co_await receive([](numbered m) { return m.n + 1; }, [](other m) { return m.n; });
    const int second = co_await receive([](numbered m) { return m.n + 1; }, [](other m) { return m.n; });
    CHECK(first == 21);
    CHECK(second == 1);
  });
}

TEST_CASE("the value of a handler may be move-only") {
  spec::in_process([]() -> process {
    send(self(), std::make_unique<int>(42));
    std::unique_ptr<int> got =
        co_await receive([](std::unique_ptr<int> m) { return m; }, [](int n) { return std::make_unique<int>(n); });
    REQUIRE(got);
    CHECK(*got == 42);
  });
}

TEST_CASE("function pointers and function objects are handlers, too") {
  struct adder {
    int* sum;
    void operator()(const numbered& m) const { *sum += m.n; }
  };
  spec::in_process([]() -> process {
    int sum = 0;
    send(self(), numbered{4});
    send(self(), other{5});
    for (int i = 0; i < 2; ++i)
      co_await receive(adder{&sum}, +[](other) {});
    CHECK(sum == 4);
  });
}

TEST_CASE("C016 a receive inside a handler sees the rest of the queue from the oldest, without the message being handled") {
  spec::in_process([]() -> process {
    send(self(), numbered{1});
    send(self(), a{});
    send(self(), numbered{2});
    send(self(), a{});
    std::vector<int> seen;
    co_await receive([&](a) -> task<> {
      seen.push_back((co_await receive<numbered>()).n);
      seen.push_back((co_await receive<numbered>()).n);
    });
    CHECK(seen == std::vector<int>{1, 2});
    const std::size_t left = co_await spec::unread();
    CHECK(left == 1);  // the second a
    co_await receive([](a) {});
  });
}

TEST_CASE("C027 a message to self is received like any other") {
  spec::in_process([]() -> process {
    send(self(), 1);
    const std::size_t one = co_await spec::unread();
    CHECK(one == 1);
    send(self(), 2);
    const std::size_t two = co_await spec::unread();
    CHECK(two == 2);
    const int first = co_await receive<int>();
    const int second = co_await receive<int>();
    CHECK(first == 1);
    CHECK(second == 2);
  });
}

TEST_CASE("receive takes a message that was sent while it waits") {
  spec::in_process([]() -> process {
    const pid echo = spawn([]() -> process {
      while (true)
        co_await receive([](std::pair<pid, int> m) { send(m.first, m.second + 1); });
    });
    for (int n = 0; n < 200; ++n) {
      send(echo, std::pair(self(), n));
      const int got = co_await receive<int>();
      REQUIRE(got == n + 1);
    }
  });
}
