// The contract, declaration by declaration: receiving, in every form the page shows.
#include "spec.hpp"

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <variant>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono;

namespace {

struct put {
  int n = 0;
};
struct job {
  int n = 0;
};
struct pong {
  int n = 0;
};
struct only_moves {
  std::unique_ptr<int> n;
};

template <class T, class Awaitable>
constexpr bool gives = std::is_same_v<decltype(detail::awaiter_for(std::declval<Awaitable>()).await_resume()), T>;

}  // namespace

TEST_CASE("contract: receive with handlers") {
  spec::in_process([]() -> process {
    const int limit = 3;
    int puts = 0, jobs = 0, rest = 0;
    send(self(), job{1});
    send(self(), put{1});
    send(self(), job{7});
    send(self(), 1.5);
    for (int i = 0; i < 4; ++i)
      co_await receive([&](put m) { puts += m.n; }, when([&](const job& j) { return j.n > limit; }, [&](job j) { jobs += j.n; }),
                       [&](any_message m) { rest += m.get_if<double>() || m.get_if<job>() ? 1 : 100; },
                       after(3s, [&] { rest += 1000; }));
    CHECK(puts == 1);
    CHECK(jobs == 7);
    CHECK(rest == 2);
    send(self(), put{5});
    const int value = co_await receive([](const put& m) { return m.n; }, [](only_moves&& m) { return *m.n; });
    CHECK(value == 5);
    send(self(), only_moves{std::make_unique<int>(6)});
    const int moved = co_await receive([](const put& m) { return m.n; }, [](only_moves&& m) { return *m.n; });
    CHECK(moved == 6);
    const std::string polled =
        co_await receive([](put) { return std::string("put"); }, after(0s, [] { return std::string("none"); }));
    CHECK(polled == "none");
    send(self(), put{1});
    const std::string never =
        co_await receive([](put) { return std::string("put"); }, after(infinity, [] { return std::string(); }));
    CHECK(never == "put");
    co_await receive([](put) {}, after(1ms));
    co_await receive(after(2ms));
    const int slept = co_await receive(after(1.5ms, [] { return -42; }));
    CHECK(slept == -42);
    send(self(), put{8});
    const int awaited = co_await receive([](put m) -> task<int> {
      co_await sleep(1ms);
      co_return m.n;
    });
    CHECK(awaited == 8);
    const int late = co_await receive([](put m) -> task<int> { co_return m.n; }, after(0s, []() -> task<int> { co_return 9; }));
    CHECK(late == 9);
    send(self(), put{10});
    auto unique = co_await receive([](put m) { return std::make_unique<int>(m.n); });
    CHECK(*unique == 10);
  });
}

TEST_CASE("contract: receive<T>, with filters and limits") {
  spec::in_process([]() -> process {
    send(self(), pong{1});
    auto m = co_await receive<pong>();
    static_assert(std::is_same_v<decltype(m), pong>);
    send(self(), pong{2});
    auto any = co_await receive<any_message>();
    CHECK(any.get_if<pong>()->n == 2);
    CHECK(any.get_if<put>() == nullptr);
    CHECK(spec::contains(any.type_name(), "pong"));
    static_assert(std::is_same_v<decltype(any.get_if<pong>()), pong*>);
    auto limited = co_await receive<pong>(within(2ms));
    static_assert(std::is_same_v<decltype(limited), std::optional<pong>>);
    CHECK_FALSE(limited);
    auto several = co_await receive<put, job, pong>(within(2ms));
    static_assert(std::is_same_v<decltype(several), std::optional<std::variant<put, job, pong>>>);
    CHECK_FALSE(several);
    send(self(), job{3});
    auto one_of = co_await receive<put, job, pong>();
    static_assert(std::is_same_v<decltype(one_of), std::variant<put, job, pong>>);
    CHECK(std::get<job>(one_of).n == 3);
    const auto [child, watch] = spawn_monitor([] {});
    auto d = co_await receive<down>(watch);
    static_assert(std::is_same_v<decltype(d), down>);
    CHECK(d.who == child);
    auto no_down = co_await receive<down>(watch, within(1ms));
    CHECK_FALSE(no_down);
    trap_exits();
    const pid linked = spawn_link([] {});
    auto e = co_await receive<exited>(linked);
    CHECK(e.why == reason::normal);
    auto no_exit = co_await receive<exited>(linked, within(1ms));
    CHECK_FALSE(no_exit);
    const int limit = 3;
    send(self(), job{1});
    send(self(), job{4});
    auto j = co_await receive<job>([&](const job& x) { return x.n > limit; }, within(2s));
    CHECK(j->n == 4);
    send(self(), job{5});
    auto unlimited_j = co_await receive<job>([&](const job& x) { return x.n > limit; });
    CHECK(unlimited_j.n == 5);
    auto oldest = co_await receive<job>(within(infinity));
    CHECK(oldest->n == 1);
    auto moves = co_await receive<only_moves>(within(0s));
    CHECK_FALSE(moves);
  });
}

TEST_CASE("contract: negative limits throw std::invalid_argument at the co_await") {
  spec::in_process([]() -> process {
    int thrown = 0;
    try {
      co_await receive([](put) {}, after(-1s, [] {}));
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    try {
      (void)co_await receive<put>(within(-1ns));
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    try {
      co_await receive(after(-1ms));
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    try {
      co_await sleep(-1s);
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    CHECK(thrown == 4);
    send(self(), put{1});
    const auto m = co_await receive<put>(within(-1s));  // a message that matches comes first
    CHECK(m->n == 1);
  });
}
