// receive<T>: waiting for one thing.
#include "spec.hpp"

#include <variant>

namespace {

struct job {
  int n = 0;
};
struct pong {
  int n = 0;
};
struct third {};

}  // namespace

TEST_CASE("receive<T> gives the message itself") {
  spec::in_process([]() -> process {
    send(self(), job{1});
    send(self(), pong{2});
    const pong p = co_await receive<pong>();
    CHECK(p.n == 2);
    const job j = co_await receive<job>();
    CHECK(j.n == 1);
  });
}

TEST_CASE("receive<T> gives a move-only message") {
  spec::in_process([]() -> process {
    send(self(), std::make_unique<int>(5));
    std::unique_ptr<int> got = co_await receive<std::unique_ptr<int>>();
    REQUIRE(got);
    CHECK(*got == 5);
    send(self(), std::make_unique<int>(6));
    std::optional<std::unique_ptr<int>> limited = co_await receive<std::unique_ptr<int>>(within(1s));
    REQUIRE(limited);
    CHECK(**limited == 6);
  });
}

TEST_CASE("receive<T>(within) gives an optional, empty after the limit") {
  spec::in_simulation(3, []() -> process {
    const auto before = now();
    const std::optional<pong> none = co_await receive<pong>(within(2s));
    CHECK_FALSE(none);
    CHECK(now() - before == 2s);
    send_after(1s, self(), pong{3});
    const std::optional<pong> some = co_await receive<pong>(within(2s));
    REQUIRE(some);
    CHECK(some->n == 3);
    CHECK(now() - before == 3s);
  });
}

TEST_CASE("receive<T>(within 0) polls the whole queue") {
  spec::in_process([]() -> process {
    send(self(), job{1});
    send(self(), pong{2});
    const std::optional<pong> p = co_await receive<pong>(within(0s));
    REQUIRE(p);
    CHECK(p->n == 2);
    const std::optional<pong> none = co_await receive<pong>(within(0s));
    CHECK_FALSE(none);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 1);
  });
}

TEST_CASE("receive<T>(within infinity) waits") {
  spec::in_simulation(1, []() -> process {
    send_after(100h, self(), pong{1});
    const std::optional<pong> p = co_await receive<pong>(within(infinity));
    CHECK(p);
  });
}

TEST_CASE("receive of several types gives a variant, in the order of arrival") {
  spec::in_process([]() -> process {
    send(self(), third{});
    send(self(), pong{2});
    send(self(), job{1});
    const std::variant<job, pong> first = co_await receive<job, pong>();
    REQUIRE(std::holds_alternative<pong>(first));
    CHECK(std::get<pong>(first).n == 2);
    const std::optional<std::variant<job, pong, third>> second = co_await receive<job, pong, third>(within(2s));
    REQUIRE(second);
    CHECK(std::holds_alternative<third>(*second));
    const std::optional<std::variant<pong, third>> none = co_await receive<pong, third>(within(0s));
    CHECK_FALSE(none);
  });
}

TEST_CASE("a filter leaves what it does not want") {
  spec::in_process([]() -> process {
    for (int n = 1; n <= 6; ++n)
      send(self(), job{n});
    const int limit = 3;
    const job four = co_await receive<job>([&](const job& j) { return j.n > limit; });
    CHECK(four.n == 4);
    const std::optional<job> none = co_await receive<job>([](const job& j) { return j.n > 10; }, within(1ms));
    CHECK_FALSE(none);
    const std::optional<job> six = co_await receive<job>([](const job& j) { return j.n == 6; }, within(1s));
    REQUIRE(six);
    for (int expected : {1, 2, 3, 5}) {
      const job j = co_await receive<job>();
      CHECK(j.n == expected);
    }
  });
}

TEST_CASE("receive<down>(ref) takes only that monitor's") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    const monitor_ref first = monitor(p);
    const monitor_ref second = monitor(p);
    exit(p, reason::kill);
    const down d2 = co_await receive<down>(second);
    CHECK(d2.monitor == second);
    const std::optional<down> again = co_await receive<down>(second, within(0s));
    CHECK_FALSE(again);
    const std::optional<down> d1 = co_await receive<down>(first, within(10s));
    REQUIRE(d1);
    CHECK(d1->monitor == first);
  });
}

TEST_CASE("receive<exited>(pid) takes only that process's") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid first = spawn_link([] {});
    const pid second = spawn_link([] {});
    const exited e2 = co_await receive<exited>(second);
    CHECK(e2.who == second);
    const std::optional<exited> again = co_await receive<exited>(second, within(0s));
    CHECK_FALSE(again);
    const std::optional<exited> e1 = co_await receive<exited>(first, within(10s));
    REQUIRE(e1);
    CHECK(e1->who == first);
  });
}

TEST_CASE("receive<any_message>(within) is empty only when the queue is") {
  spec::in_process([]() -> process {
    std::optional<any_message> none = co_await receive<any_message>(within(0s));
    CHECK_FALSE(none);
    send(self(), third{});
    std::optional<any_message> some = co_await receive<any_message>(within(0s));
    REQUIRE(some);
    CHECK(some->get_if<third>() != nullptr);
  });
}

TEST_CASE("messages of equal layout but different types are told apart") {
  spec::in_process([]() -> process {
    send(self(), 1);
    send(self(), 2u);
    send(self(), 3L);
    const long l = co_await receive<long>();
    const unsigned u = co_await receive<unsigned>();
    const int i = co_await receive<int>();
    CHECK(l == 3);
    CHECK(u == 2u);
    CHECK(i == 1);
  });
}
