// Sending. semantics.md 3.1
#include "spec.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <thread>

namespace {

struct numbered {
  pid from;
  int n = 0;
};
struct thing {
  int value = 0;
  int twice(int n) const { return 2 * n; }
};
int triple(int n) { return 3 * n; }

}  // namespace

TEST_CASE("C021 send to a dead process, or to nobody, does nothing and does not fail") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    const auto token = std::make_shared<const int>(1);
    send(dead, token);
    send(pid{}, token);
    const bool alive = co_await is_alive(dead);
    CHECK_FALSE(alive);
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("C022 send to a name that nobody has throws bad_name in the sender, who can go on") {
  spec::in_process([]() -> process {
    CHECK_THROWS_AS(send("spec nobody", 1), bad_name);
    CHECK_THROWS_AS(send(std::string_view("spec nobody"), 1), bad_name);
    CHECK_THROWS_AS(send(std::string("spec nobody"), 1), std::runtime_error);
    send(self(), 2);
    const int n = co_await receive<int>();
    CHECK(n == 2);
  });
}

TEST_CASE("C022 a message that could not be sent to a name is destroyed") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    CHECK_THROWS_AS(send("spec nobody", token), bad_name);
    CHECK(token.use_count() == 1);
    co_return;
  });
}

TEST_CASE("C030 from 64 senders each one's messages arrive in order and none is lost") {
  auto body = [](int each) {
    return [each]() -> process {
      for (int s = 0; s < 64; ++s)
        spawn([to = self(), each]() -> process {
          for (int n = 0; n < each; ++n) {
            send(to, numbered{self(), n});
            if (n % 64 == 63)
              co_await yield();
          }
        });
      std::map<pid, int> next;
      for (int i = 0; i < 64 * each; ++i) {
        const numbered m = co_await receive<numbered>();
        REQUIRE(m.n == next[m.from]++);
      }
      CHECK(next.size() == 64);
      const std::size_t left = co_await spec::unread();
      CHECK(left == 0);
    };
  };
  spec::in_run(body(spec::sized(10'000, 1'000)));
  spec::in_simulation(3, body(50));
}

TEST_CASE("C030 by pid, by name and by alias: one order from one sender") {
  spec::in_process([]() -> process {
    register_name("spec order", self());
    spawn([to = self(), address = alias()] {
      for (int n = 0; n < 300; n += 3) {
        send(to, n);
        send("spec order", n + 1);
        send(address, n + 2);
      }
    });
    for (int n = 0; n < 300; ++n) {
      const int got = co_await receive<int>();
      REQUIRE(got == n);
    }
    unregister_name("spec order");
  });
}

TEST_CASE("C031 what is sent is the receiver's own: changing the original afterwards is not visible") {
  spec::in_process([]() -> process {
    std::vector<int> mine{1, 2, 3};
    const pid echo = spawn([to = self()]() -> process {
      co_await receive<std::string>();
      std::vector<int> theirs = co_await receive<std::vector<int>>();
      send(to, std::move(theirs));
    });
    send(echo, mine);
    mine[0] = 100;
    send(echo, "go");
    const auto back = co_await receive<std::vector<int>>();
    CHECK(back == std::vector<int>{1, 2, 3});
  });
}

TEST_CASE("C032 messages that are unread when the receiver dies are destroyed exactly once") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    {
      auto [p, watch] = spawn_monitor([]() -> process { co_await receive<std::string>(); });
      for (int i = 0; i < 1000; ++i)
        send(p, token);
      send(p, "end");
      for (int i = 0; i < 1000; ++i)
        send(p, token);
      (void)co_await receive<down>(watch);
    }
    const pid late = co_await spec::dead_process();
    (void)co_await is_alive(late);
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("C032 messages that are unread at a kill are destroyed before DOWN") {
  spec::in_process([]() -> process {
    const auto token = std::make_shared<const int>(1);
    auto [p, watch] = spawn_monitor(spec::idle);
    for (int i = 0; i < 100; ++i)
      send(p, token);
    exit(p, reason::kill);
    (void)co_await receive<down>(watch);
    CHECK(token.use_count() == 1);
  });
}

TEST_CASE("C033 a move-only message can be sent") {
  spec::in_process([]() -> process {
    const pid echo = spawn([to = self()]() -> process {
      auto m = co_await receive<std::unique_ptr<std::string>>();
      m->append(" there and back");
      send(to, std::move(m));
    });
    send(echo, std::make_unique<std::string>("moved"));
    const auto back = co_await receive<std::unique_ptr<std::string>>();
    CHECK(*back == "moved there and back");
  });
}

TEST_CASE("C033 a message of 1 MB arrives intact, as one object and in a vector") {
  struct large {
    std::array<unsigned char, 1 << 20> bytes;
  };
  spec::in_process([]() -> process {
    auto big = std::make_unique<large>();
    std::iota(big->bytes.begin(), big->bytes.end(), static_cast<unsigned char>(0));
    const pid echo = spawn([to = self()]() -> process {
      while (true)
        co_await receive([to](large m) { send(to, std::move(m)); }, [to](std::vector<int> m) { send(to, std::move(m)); });
    });
    send(echo, *big);
    const bool same = co_await receive([&](const large& m) { return m.bytes == big->bytes; });
    CHECK(same);
    std::vector<int> numbers(1 << 18);
    std::iota(numbers.begin(), numbers.end(), 0);
    send(echo, numbers);
    const std::vector<int> back = co_await receive<std::vector<int>>();
    CHECK(back == numbers);
  });
}

TEST_CASE("a string literal is received as a std::string") {
  spec::in_process([]() -> process {
    send(self(), "text");
    const std::string s = co_await receive<std::string>();
    CHECK(s == "text");
    char buffer[] = "a buffer";
    send(self(), buffer);
    buffer[0] = 'X';
    const std::string copy = co_await receive<std::string>();
    CHECK(copy == "a buffer");
  });
}

TEST_CASE("pointers to functions and to members, shared pointers and unsafe_share may be sent") {
  spec::in_process([]() -> process {
    send(self(), &triple);
    send(self(), &thing::twice);
    send(self(), &thing::value);
    send(self(), std::make_shared<const thing>(thing{4}));
    int n = 0;
    send(self(), unsafe_share(&n));
    const auto function = co_await receive<int (*)(int)>();
    CHECK(function(2) == 6);
    const auto method = co_await receive<int (thing::*)(int) const>();
    CHECK((thing{}.*method)(2) == 4);
    const auto member = co_await receive<int thing::*>();
    const auto shared = co_await receive<std::shared_ptr<const thing>>();
    CHECK(shared.get()->*member == 4);
    co_await receive([](decltype(unsafe_share(std::declval<int*>())) p) { *p = 5; });
    CHECK(n == 5);
  });
}

TEST_CASE("a message that is over-aligned arrives aligned") {
  struct alignas(64) aligned {
    char c = 'x';
  };
  spec::in_process([]() -> process {
    for (int i = 0; i < 10; ++i)
      send(self(), aligned{});
    for (int i = 0; i < 10; ++i) {
      const bool ok =
          co_await receive([](const aligned& m) { return reinterpret_cast<std::uintptr_t>(&m) % 64 == 0 && m.c == 'x'; });
      CHECK(ok);
    }
  });
}

TEST_CASE("a message whose move throws is an error of the sender, and nothing arrives") {
  struct fragile {
    fragile() = default;
    fragile(const fragile&) { throw std::runtime_error("copy"); }
    fragile(fragile&&) = default;
  };
  spec::in_process([]() -> process {
    fragile f;
    CHECK_THROWS_AS(send(self(), f), std::runtime_error);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("make_ref gives unique references, from all processes") {
  spec::in_process([]() -> process {
    for (int p = 0; p < 8; ++p)
      spawn([to = self()] {
        std::vector<ref> made;
        for (int i = 0; i < 1000; ++i)
          made.push_back(make_ref());
        send(to, std::move(made));
      });
    std::vector<ref> all;
    for (int p = 0; p < 8; ++p) {
      const auto some = co_await receive<std::vector<ref>>();
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
    CHECK(all.size() == 8000);
  });
}

TEST_CASE("self outside a process throws not_a_process") {
  CHECK_THROWS_AS(self(), not_a_process);
  CHECK_THROWS_AS(self(), std::runtime_error);
  spec::in_run([]() -> process {
    bool thrown = false;
    std::thread([&] {
      try {
        (void)self();
      } catch (const not_a_process&) {
        thrown = true;
      }
    }).join();
    CHECK(thrown);
    co_return;
  });
}
