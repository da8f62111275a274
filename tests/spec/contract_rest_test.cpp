// The contract, declaration by declaration: exits, links, monitors, names, time, introspection, running.
#include "spec.hpp"

#include <brood/fmt.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <thread>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono;

namespace {

struct tick {
  int n = 0;
};
struct because {
  int code = 0;
  bool operator==(const because&) const = default;
};
enum class colour { red, green };

}  // namespace

TEST_CASE("contract: exit reasons") {
  for (const exit_reason& named : {reason::normal, reason::kill, reason::killed, reason::shutdown, reason::noproc,
                                   reason::noconnection, reason::timeout, reason::overload, reason::calling_self}) {
    CHECK_FALSE(named.is_error());
    CHECK(named.exception() == nullptr);
    CHECK(fmt::format("{}", named) == spec::text_of(named));
  }
  static_assert(!std::is_convertible_v<int, exit_reason>);
  static_assert(std::is_same_v<decltype(std::declval<const exit_reason&>().get_if<because>()), const because*>);
  static_assert(std::is_same_v<decltype(std::declval<const exit_reason&>().what()), std::string>);
  const exit_reason mine(because{3});
  CHECK(mine.get_if<because>()->code == 3);
  CHECK(mine.get_if<int>() == nullptr);
  const exit_reason orderly = reason::shutdown_with(because{4});
  CHECK(orderly.is_shutdown());
  CHECK(reason::shutdown.is_shutdown());
  CHECK(orderly.get_if<because>()->code == 4);
  CHECK(*exit_reason("text").get_if<std::string>() == "text");
  CHECK(spec::text_of(reason::normal) == ":normal");
  CHECK(spec::text_of(reason::shutdown_with(3)) == "{:shutdown, 3}");
  CHECK(spec::text_of(exit_reason(colour::green)) == "1");
  CHECK(spec::text_of(mine) == "#because<>");
}

TEST_CASE("contract: exits, links, monitors, aliases") {
  spec::in_process([]() -> process {
    const bool was = trap_exits();
    CHECK_FALSE(was);
    const bool now_on = trap_exits(false);
    CHECK(now_on);
    trap_exits(true);
    auto [p, m] = spawn_monitor([]() -> process {
      exit(exit_reason(because{1}));
      co_return;
    });
    down d = co_await receive<down>(m);
    CHECK(d.why.get_if<because>()->code == 1);
    CHECK(d.name.empty());
    CHECK(d.monitor == m);
    exit(p, reason::kill);  // dead: nothing
    exit(self(), exit_reason(because{2}));
    const exited e = co_await receive<exited>(self());
    CHECK(e.why == exit_reason(because{2}));
    const pid other = spawn(spec::idle);
    link(other);
    unlink(other);
    const monitor_ref a = monitor(other), b = monitor(other, monitor_options{.alias = alias_until::replied}),
                      c = monitor(other, {.alias = alias_until::demonitored}), by_name = monitor("contract nobody");
    d = co_await receive<down>(by_name);
    CHECK(d.name == "contract nobody");
    CHECK(d.why == reason::noproc);
    bool found = demonitor(a);
    CHECK(found);
    found = demonitor(b, {.info = true});
    CHECK(found);
    found = demonitor(c, {.flush = true, .info = true});
    CHECK(found);
    found = demonitor(c, demonitor_options{.info = true});
    CHECK_FALSE(found);
    const ref once = alias(alias_options{.reply = true}), always = alias();
    CHECK(unalias(once));
    CHECK(unalias(always));
    CHECK_FALSE(unalias(always));
    CHECK_FALSE(unalias(a));
    const bool alive = co_await is_alive(other);
    CHECK(alive);
    exit(other, exit_reason("enough"));
    try {
      exit(reason::timeout);
    } catch (const exiting& x) {
      CHECK(x.why() == reason::timeout);
    }
  });
}

TEST_CASE("contract: names, time, timers") {
  spec::in_process([]() -> process {
    register_name("contract x", self());
    const std::optional<pid> x = whereis("contract x");
    CHECK(x == self());
    const std::vector<std::string> all = registered();
    CHECK(std::count(all.begin(), all.end(), "contract x") == 1);
    static_assert(std::is_same_v<process_clock::duration, std::chrono::nanoseconds>);
    const process_clock::time_point begin = now();
    co_await sleep(1ms);
    co_await sleep(0.5ms);
    co_await sleep(microseconds(10));
    CHECK(now() - begin >= 1ms);
    co_await yield();
    const timer_ref after_pid = send_after(1h, self(), tick{1});
    send_after(0s, "contract x", tick{2});
    send_after(1ms, std::string("contract x"), tick{3});
    const timer_ref started = start_timer(2ms, self(), tick{4});
    send_at(now() + 3ms, self(), tick{5});
    const timer_ref every = send_every(4ms, self(), tick{6});
    const std::optional<process_clock::duration> left = read_timer(after_pid);
    CHECK(*left > 59min);
    for (const int n : {2, 3}) {
      const tick t = co_await receive<tick>();
      CHECK(t.n == n);
    }
    const timer_fired<tick> fired = co_await receive<timer_fired<tick>>();
    CHECK(fired.timer == started);
    CHECK(fired.message.n == 4);
    for (const int n : {5, 6, 6}) {
      const tick t = co_await receive<tick>([n](const tick& t) { return t.n == n; });
      CHECK(t.n == n);
    }
    CHECK(cancel_timer(every));
    CHECK(cancel_timer(after_pid));
    CHECK_FALSE(cancel_timer(after_pid));
    send_after(infinity, self(), tick{7});
    int thrown = 0;
    for (const time_limit bad : {time_limit(-1s), time_limit(0s)}) {
      try {
        send_every(bad, self(), tick{});
      } catch (const std::invalid_argument&) {
        ++thrown;
      }
    }
    try {
      send_after(-1ms, self(), tick{});
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    try {
      start_timer(-1ms, self(), tick{});
    } catch (const std::invalid_argument&) {
      ++thrown;
    }
    CHECK(thrown == 4);
    unregister_name("contract x");
  });
}

TEST_CASE("contract: introspection") {
  spec::in_process([]() -> process {
    set_label("contract");
    dictionary().put("key", 3);
    dictionary().put("text", "value");
    CHECK(*dictionary().get_if<int>("key") == 3);
    CHECK(*dictionary().get_if<std::string>("text") == "value");
    CHECK(dictionary().keys() == std::vector<std::string>{"key", "text"});
    dictionary().erase("key");
    const std::optional<process_info> info = co_await inspect(self());
    REQUIRE(info);
    CHECK(info->label == "contract");
    CHECK(info->status == process_status::running);
    CHECK(info->mailbox_length == 0);
    CHECK(info->links.empty());
    CHECK(info->monitors.empty());
    CHECK(info->monitored_by.size() == 1);
    CHECK_FALSE(info->trap_exits);
    CHECK(info->prio == priority::normal);
    CHECK(info->parent);
    CHECK_FALSE(info->function.empty());
    CHECK(info->memory > 0);
    const std::vector<pid> all = processes();
    CHECK(std::count(all.begin(), all.end(), self()) == 1);
    const auto nobody = co_await inspect(pid{});
    CHECK_FALSE(nobody);
    const int squared = co_await blocking([](int n) { return n * n; }, 7);
    CHECK(squared == 49);
    co_await blocking([] {});
  });
}

TEST_CASE("contract: run and its options, runtime from outside") {
  const run_options defaults;
  CHECK(defaults.schedulers == 0);
  CHECK(defaults.io == io_backend::automatic);
  CHECK(defaults.grace == time_limit(1s));
  CHECK(defaults.max_processes == std::size_t{1} << 24);
  CHECK(defaults.max_spares == 8);
  CHECK(defaults.stack_size == 0);
  CHECK(defaults.stop_on_signals);
  CHECK(run([] {}) == 0);
  CHECK(run([](int n) -> process { co_await sleep(1ms * n); }, 1) == 0);
  CHECK(run(
            run_options{.schedulers = 2, .grace = 1.5s, .stop_on_signals = false}, [](std::unique_ptr<int>) {},
            std::make_unique<int>(1)) == 0);
  runtime rt{run_options{.grace = 50ms}};
  const pid p = rt.spawn([](int n) -> process { exit(exit_reason(co_await receive<int>() + n)); }, 1);
  std::atomic<bool> told = false;
  rt.monitor(p, [&](const down& d) { told = d.who == p; });
  rt.send(p, 2);
  CHECK(rt.wait(p) == exit_reason(3));
  CHECK_THROWS_AS(rt.send("contract nobody", 1), bad_name);
  while (!told)
    std::this_thread::yield();
  rt.stop();
}

TEST_CASE("contract: a report sink") {
  report_sink old = set_report_sink([](const crash_report& r) {
    const crash_report copy = r;
    (void)copy;
  });
  (void)set_report_sink(std::move(old));
  const crash_report r{};
  static_assert(std::is_same_v<decltype(r.waited_at), std::optional<waiting_at>>);
  static_assert(std::is_same_v<decltype(r.when), std::chrono::system_clock::time_point>);
  CHECK(r.mailbox_length == 0);
  CHECK(r.text.empty());
}

TEST_CASE("contract: simulate and for_each_seed") {
  simulate([]() -> process { co_await sleep(1h); });
  simulate(7, [](int n) -> process { co_await sleep(1h * n); }, 2);
  int ran = 0;
  for_each_seed(3, [&](auto seed) {
    simulate(seed, [&ran]() -> process {
      ++ran;
      co_return;
    });
  });
  CHECK(ran >= 1);
  CHECK_THROWS_AS(simulate([]() -> process { co_await sleep(infinity); }), simulation_failed);
  CHECK_THROWS_AS(simulate([] { throw std::out_of_range("as it was"); }), std::out_of_range);
}
