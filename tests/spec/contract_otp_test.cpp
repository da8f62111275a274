// The contract, declaration by declaration: supervisors, tasks, agent, registry, pool, as users write them.
#include "spec.hpp"

#include <array>
#include <list>
#include <numeric>
#include <type_traits>

using namespace std::chrono;

namespace {

struct get {
  std::string key;
  using reply = std::string;
};

process echo(std::string prefix) {
  co_await serve([&](get m) { return prefix + m.key; });
}
process shop(std::vector<child_spec> children) { co_await supervise(supervisor_options{.strategy = one_for_all}, children); }

bool is(const exit_reason& why, child_error e) { return why == exit_reason(e); }

}  // namespace

TEST_CASE("contract: child_spec, supervise in its three forms") {
  spec::in_process([]() -> process {
    const pid first = spawn([]() -> process {
      co_await supervise(one_for_one, child("a", echo, "a:").permanent(), child("b", echo, "b:").transient().named("b"),
                         child("c", echo, "c:").temporary().shutdown(100ms).significant(false), child("d", [] {}).brutal_kill());
    });
    const pid second = spawn([]() -> process {
      co_await supervise({.strategy = rest_for_one, .restarts = 1, .within = 1s, .stops_when = auto_shutdown::any_significant},
                         child("a", echo, "a:").transient().significant().shutdown(infinity));
    });
    const pid third = spawn(shop, std::vector<child_spec>{child("x", echo, "x:"), child("y", echo, "y:")});
    const auto there = co_await which_children(first);
    REQUIRE(there.size() == 4);
    CHECK(there[0].id == "a");
    CHECK(there[0].state == child_state::running);
    CHECK(!there[0].supervisor);
    CHECK(there[3].state == child_state::stopped);
    const auto answer = co_await call("b", get{"1"});
    CHECK(answer == "b:1");
    const child_counts counts = co_await count_children(third);
    CHECK(counts.specs == 2);
    CHECK(counts.active == 2);
    CHECK(counts.workers == 2);
    CHECK(counts.supervisors == 0);
    const auto seconds_child = co_await which_children(second);
    CHECK(seconds_child.size() == 1);
    for (const pid sup : {first, second, third}) {
      const outcome<> stopped = co_await stop_server(sup, reason::shutdown);
      CHECK(stopped);
    }
  });
}

TEST_CASE("contract: start_child, restart_child, terminate_child, delete_child") {
  spec::in_process([]() -> process {
    const pid sup = spawn([]() -> process { co_await supervise(brood::restart_strategy::one_for_one); });
    outcome<pid> a = co_await start_child(sup, child("a", echo, "a:"));
    REQUIRE(a);
    const outcome<pid> again = co_await start_child(sup, child("a", echo, "a:"));
    REQUIRE(!again);
    CHECK(again.why().get_if<already_started>()->who == *a);
    const outcome<pid> restarted = co_await restart_child(sup, "a");  // named: Catch2 3 and g++ await within a CHECK twice
    CHECK(is(restarted.why(), child_error::running));
    outcome<> deleted = co_await delete_child(sup, "a");
    CHECK(is(deleted.why(), child_error::running));
    outcome<> terminated = co_await terminate_child(sup, "a");
    CHECK(terminated);
    const outcome<pid> present = co_await start_child(sup, child("a", echo, "a:"));
    CHECK(is(present.why(), child_error::already_present));
    const outcome<pid> back = co_await restart_child(sup, "a");
    CHECK(back);
    terminated = co_await terminate_child(sup, "a");
    CHECK(terminated);
    deleted = co_await delete_child(sup, "a");
    CHECK(deleted);
    terminated = co_await terminate_child(sup, "a");
    CHECK(is(terminated.why(), child_error::not_found));
    const outcome<> stopped = co_await stop_server(sup);
    CHECK(stopped);
  });
}

TEST_CASE("contract: a dynamic supervisor") {
  spec::in_process([]() -> process {
    const pid sup = spawn(
        []() -> process { co_await supervise(supervisor_options{.strategy = restart_strategy::dynamic, .max_children = 1}); });
    const outcome<pid> a = co_await start_child(sup, child(echo, "a:").temporary());
    REQUIRE(a);
    const outcome<pid> too_many = co_await start_child(sup, child(echo, "b:"));
    CHECK(is(too_many.why(), child_error::max_children));
    const outcome<> terminated = co_await terminate_child(sup, *a);
    CHECK(terminated);
    const outcome<> stopped = co_await stop_server(sup);
    CHECK(stopped);
  });
}

TEST_CASE("contract: a child that fails to start") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [sup, watch] =
        spawn_monitor([]() -> process { co_await supervise(one_for_one, child("bad", [] { exit(exit_reason("no luck")); })); });
    const down end = co_await receive<down>(watch);
    CHECK(end.who == sup);
    const auto* failed = end.why.get_if<failed_to_start>();
    REQUIRE(failed);
    CHECK(failed->id == "bad");
    CHECK(failed->why == exit_reason("no luck"));
  });
}

TEST_CASE("contract: tasks") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    task_handle<int> t = spawn_task([](int n) { return n * n; }, 6);
    const int value = co_await t;
    CHECK(value == 36);
    auto slow = spawn_task_unlinked([]() -> task<std::string> { co_return co_await receive<std::string>(); });
    CHECK(slow.process());
    const std::optional<std::string> early = co_await slow.within(1ms);
    CHECK(!early);
    send(slow.process(), std::string("slow"));
    const std::string late = co_await slow.await(1s);
    CHECK(late == "slow");
    auto nothing = spawn_task([]() -> task<> { co_return; });
    const bool done = co_await nothing.within(1s);
    CHECK(done);
    auto endless = spawn_task([]() -> task<int> {
      co_await sleep(infinity);
      co_return 1;
    });
    const outcome<int> stopped = co_await endless.shutdown(1s);
    CHECK(stopped.why() == reason::shutdown);
    spawn_task([] { return 1; }).detach();
    auto failing = spawn_task_unlinked([]() -> int { exit(exit_reason("why not")); });
    bool failed = false;
    try {
      (void)co_await failing;
    } catch (const exiting& e) {
      failed = e.why() == exit_reason("why not");
    }
    CHECK(failed);
  });
}

TEST_CASE("contract: parallel_map, parallel_outcomes, parallel_each") {
  spec::in_process([]() -> process {
    const std::vector<int> squares = co_await parallel_map(std::vector{1, 2, 3}, [](int n) { return n * n; });
    CHECK(squares == std::vector{1, 4, 9});
    const std::vector<std::string> texts = co_await parallel_map(
        std::array{1, 2}, [](int n) -> task<std::string> { co_return std::to_string(n); }, {.max_concurrency = 2, .timeout = 1s});
    CHECK(texts == std::vector<std::string>{"1", "2"});
    static_assert(std::is_same_v<decltype(parallel_map(std::list<int>{}, [](int) {})), task<>>);
    co_await parallel_map(std::list<int>{1, 2}, [](int) {});
    const std::vector<outcome<int>> fates = co_await parallel_outcomes(
        std::vector{1, 2},
        [](int n) {
          if (n == 2)
            exit(exit_reason("two"));
          return n;
        },
        parallel_options{.ordered = true});
    REQUIRE(fates.size() == 2);
    CHECK(*fates[0] == 1);
    CHECK(fates[1].why() == exit_reason("two"));
    int sum = 0;
    co_await parallel_each(std::vector{1, 2, 3}, [](int n) { return n; }, [&](int n) { sum += n; });
    CHECK(sum == 6);
    co_await parallel_each(std::vector{1, 2, 3}, [](int n) { return n; }, [&](int) { return false; });
  });
}

TEST_CASE("contract: agent") {
  spec::in_process([]() -> process {
    outcome<agent<int>> started = co_await agent<int>::start_link(1);
    REQUIRE(started);
    agent<int> a = *started;
    co_await a.update([](int& n) { n += 1; });
    a.cast([](int& n) { n *= 10; });
    const int now_is = co_await a.get([](const int& n) { return n; });
    CHECK(now_is == 20);
    const int was = co_await a.get_and_update([](int& n) { return std::exchange(n, 7); });
    CHECK(was == 20);
    CHECK(a.process());
    unlink(a.process());
    exit(a.process(), reason::kill);
  });
}

TEST_CASE("contract: registry") {
  spec::in_process([]() -> process {
    registry<std::string, int> names;
    CHECK(names.enroll("kv", 3));
    const auto taken = names.enroll("kv", 4);
    REQUIRE(!taken);
    CHECK(taken.why().get_if<already_started>()->who == self());
    CHECK(names.find("kv") == self());
    const std::vector<std::pair<pid, int>> entries = names.lookup("kv");
    CHECK(entries == std::vector<std::pair<pid, int>>{{self(), 3}});
    CHECK(names.keys_of(self()) == std::vector<std::string>{"kv"});
    std::size_t seen = 0;
    CHECK(names.dispatch("kv", [&](pid, const int&) { ++seen; }) == 1);
    CHECK(seen == 1);
    names.withdraw("kv");
    CHECK(!names.find("kv"));
    const registry<int> many(key_kind::duplicate);
    registry<int> also = many;
    CHECK(also.enroll(1));
    CHECK(also.enroll(1));
    CHECK(many.lookup(1).size() == 2);

    registry<std::string> servers;
    const pid server = spawn([servers]() mutable -> process {
      (void)servers.enroll("echo");
      co_await serve([](get m) { return m.key; });
    });
    co_await spec::until_waiting(server);
    const std::string answer = co_await call(servers.at("echo"), get{"via"});
    CHECK(answer == "via");
    exit(server, reason::kill);
  });
}

TEST_CASE("contract: work_pool") {
  spec::in_process([]() -> process {
    outcome<work_pool> started = co_await work_pool::start_link({.workers = 2, .queue = 10});
    REQUIRE(started);
    work_pool pool = *started;
    const outcome<int> ran = co_await pool.run([](int n) { return n + 1; }, 1);
    CHECK(*ran == 2);
    const outcome<ref> submitted = co_await pool.submit([] { return std::string("text"); });
    REQUIRE(submitted);
    const auto finished = co_await receive<job_done<std::string>>();
    auto& [which, how] = finished;
    CHECK(which == *submitted);
    CHECK(*how == "text");
    const outcome<ref> tried = co_await pool.try_submit([]() -> task<int> { co_return 1; });
    CHECK(tried);
    (void)co_await receive<job_done<int>>();
    CHECK(pool.process());
    unlink(pool.process());
    exit(pool.process(), reason::kill);
  });
}
