// Bad arguments, all in one place: each is an exception of its own type with a sentence that says what to do, in the process that made
// the mistake, which can go on; nothing is half done. What the compiler can see is in tests/compile_fail. semantics.md 3, "badarg"
#include "schedulers.hpp"
#include "spec.hpp"

namespace {

struct tick {
  int n = 0;
};
struct square {
  int n = 0;
  using reply = int;
};

// "brood: " and a sentence: what is wrong, and more than that.
void check_sentence(const std::exception& e, const std::string& part) {
  const std::string what = e.what();
  INFO("what(): " << what);
  CHECK(spec::starts_with(what, "brood: "));
  CHECK(what.size() > 30);
  CHECK(spec::contains(what, part));
}

template <class Error, class F>
void refuses(const std::string& part, F f) {
  try {
    f();
    FAIL_CHECK("no exception; expected: " << part);
  } catch (const Error& e) {
    check_sentence(e, part);
  }
}

// For what throws at its co_await.
template <class Error, class F>
task<> refuses_to_wait(std::string part, F f) {
  bool refused = false;
  try {
    (void)co_await f();
  } catch (const Error& e) {
    refused = true;
    check_sentence(e, part);
  }
  if (!refused)
    FAIL_CHECK("no exception; expected: " << part);
}

process fork_bomb() {
  while (true) {
    spawn(fork_bomb);
    spawn(fork_bomb);
    co_await yield();
  }
}

template <class T>
concept can_exit = requires(T who) { exit(who, reason::kill); };
template <class T>
concept can_link = requires(T who) { link(who); };
template <class T>
concept can_unlink = requires(T who) { brood::unlink(who); };
template <class T>
concept can_be_alive = requires(T who) { is_alive(who); };
template <class T>
concept can_be_inspected = requires(T who) { inspect(who); };
template <class T>
concept can_be_demonitored = requires(T watch) { demonitor(watch); };
template <class T>
concept can_be_registered = requires(T name) { register_name(name, pid{}); };

}  // namespace

TEST_CASE("C073 C110 exit, link, unlink, is_alive and inspect take no name, demonitor no pid, register no pid for a name") {
  static_assert(can_exit<pid> && can_link<pid> && can_unlink<pid> && can_be_alive<pid> && can_be_inspected<pid>);
  static_assert(!can_exit<const char*> && !can_exit<std::string>);
  static_assert(!can_link<const char*> && !can_link<std::string>);
  static_assert(!can_unlink<const char*> && !can_unlink<std::string>);
  static_assert(!can_be_alive<const char*> && !can_be_alive<std::string>);
  static_assert(!can_be_inspected<const char*> && !can_be_inspected<std::string>);
  static_assert(can_be_demonitored<monitor_ref> && !can_be_demonitored<pid> && !can_be_demonitored<ref>);
  static_assert(can_be_registered<const char*> && !can_be_registered<pid>);
  SUCCEED();
}

TEST_CASE("outside a process, what is about the calling process throws not_a_process and names the call") {
  const auto outside = [](const std::string& call, auto f) { refuses<not_a_process>(call, f); };
  outside("self()", [] { (void)self(); });
  outside("spawn", [] { spawn([] {}); });
  outside("spawn", [] { spawn_link([] {}); });
  outside("spawn", [] { spawn_monitor([] {}); });
  outside("link()", [] { link(pid{}); });
  outside("unlink()", [] { unlink(pid{}); });
  outside("monitor()", [] { (void)monitor(pid{}); });
  outside("monitor()", [] { (void)monitor("name"); });
  outside("demonitor()", [] { (void)demonitor(monitor_ref{}); });
  outside("alias()", [] { (void)alias(); });
  outside("unalias()", [] { (void)unalias(ref{}); });
  outside("exit(why)", [] { exit(reason::normal); });
  outside("trap_exits()", [] { trap_exits(); });
  outside("set_priority", [] { set_priority(priority::high); });
  outside("set_mailbox_limit", [] { set_mailbox_limit({}); });
  outside("set_label", [] { set_label("nobody"); });
  outside("dictionary", [] { dictionary(); });
  outside("self()", [] { pg::join("group"); });
  outside("init_ack", [] { init_ack(); });
  outside("timer", [] { send_after(1s, pid{}, 1); });
}

TEST_CASE("in a thread beside a running runtime there is no process either, and the runtime is not harmed") {
  runtime rt{run_options{.grace = 50ms}};
  const auto outside = [](const std::string& call, auto f) { refuses<not_a_process>(call, f); };
  outside("self()", [] { (void)self(); });
  outside("spawn_link", [] { spawn_link([] {}); });
  outside("spawn_monitor", [] { spawn_monitor([] {}); });
  outside("link()", [] { link(pid{}); });
  outside("monitor()", [] { (void)monitor(pid{}); });
  outside("trap_exits()", [] { trap_exits(); });
  CHECK(rt.wait(rt.spawn([] {})) == reason::normal);
}

TEST_CASE("bad names: each in its own words") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle), dead = co_await spec::dead_process();
    refuses<bad_name>("nobody has this name", [] { send("spec nobody", tick{}); });
    refuses<bad_name>("nobody has this name", [] { unregister_name("spec nobody"); });
    refuses<bad_name>("can't be empty", [&] { register_name("", p); });
    refuses<bad_name>("can't be empty", [] { spawn({.name = std::string(), .label = ""}, [] {}), register_name("", self()); });
    for (const char* reserved : {"undefined", "nil", "true", "false"}) {
      refuses<bad_name>("reserved", [&] { register_name(reserved, p); });
      refuses<bad_name>("reserved", [&] { spawn({.name = reserved}, [] {}); });
      CHECK_FALSE(whereis(reserved));
    }
    refuses<bad_name>("dead", [&] { register_name("spec name", dead); });
    refuses<bad_name>("dead", [] { register_name("spec name", pid{}); });
    register_name("spec name", p);
    refuses<bad_name>("taken", [&] { register_name("spec name", p); });
    refuses<bad_name>("taken", [] { register_name("spec name", self()); });
    refuses<bad_name>("taken", [] { spawn({.name = "spec name"}, [] {}); });
    refuses<bad_name>("has a name already", [&] { register_name("spec other", p); });
    CHECK(whereis("spec name") == p);
    CHECK_FALSE(whereis("spec other"));
    try {
      register_name("spec name", self());
    } catch (const bad_name& e) {
      CHECK(e.holder() == p);
    }
    unregister_name("spec name");
    refuses<bad_name>("nobody has this name", [] { unregister_name("spec name"); });
  });
}

TEST_CASE("negative times: std::invalid_argument, nothing armed, sent or taken") {
  spec::in_process([]() -> process {
    using bad = std::invalid_argument;
    const pid p = spawn(spec::idle);
    for (const time_limit t : {time_limit(-1ns), time_limit(-1ms), time_limit(std::chrono::hours::min()), time_limit(-0.5s)}) {
      refuses<bad>("negative", [&] { send_after(t, p, tick{}); });
      refuses<bad>("negative", [&] { send_after(t, "spec nobody", tick{}); });
      refuses<bad>("negative", [&] { start_timer(t, p, tick{}); });
      refuses<bad>("negative", [&] { send_every(t, p, tick{}); });
      refuses<bad>("negative", [&] { exit_after(t, p, reason::shutdown); });
      refuses<bad>("negative", [&] { kill_after(t, p); });
      co_await refuses_to_wait<bad>("negative", [&] { return sleep(t); });
      co_await refuses_to_wait<bad>("negative", [&] { return receive(after(t)); });
      co_await refuses_to_wait<bad>("negative", [&] { return receive([](tick) {}, after(t, [] {})); });
      co_await refuses_to_wait<bad>("negative", [&] { return receive<tick>(within(t)); });
      co_await refuses_to_wait<bad>("negative", [&] { return call(p, square{2}, t); });
      co_await refuses_to_wait<bad>("negative", [&] { return try_call(p, square{2}, t); });
      co_await refuses_to_wait<bad>("negative", [&] { return stop_server(p, reason::normal, t); });
    }
    refuses<bad>("above zero", [&] { send_every(0s, p, tick{}); });
    refuses<bad>("not a number",
                 [&] { send_after(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()), p, tick{}); });
    CHECK(inspect_runtime().timers == 0);
    const std::optional<process_info> info = co_await inspect(p);
    REQUIRE(info);
    CHECK(info->mailbox_length == 0);
    CHECK(info->monitored_by.empty());
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("unknown and stale references are no error: nothing happens") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    exit(dead, reason::kill);
    exit(pid{}, reason::kill);
    unlink(dead);
    unlink(pid{});
    send(dead, tick{});
    send(pid{}, tick{});
    send(make_ref(), tick{});
    send(ref{}, tick{});
    send(monitor_ref{}, tick{});
    CHECK(demonitor(monitor_ref{}));
    CHECK_FALSE(demonitor(monitor_ref{}, {.info = true}));
    CHECK_FALSE(unalias(ref{}));
    CHECK_FALSE(unalias(make_ref()));
    CHECK_FALSE(cancel_timer(timer_ref{}));
    CHECK_FALSE(read_timer(timer_ref{}));
    cast("spec nobody", tick{});
    send_after(0s, "spec nobody", tick{});
    const bool alive = co_await is_alive(pid{});
    CHECK_FALSE(alive);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("options that make no sense are refused when run begins, and a later run is fine") {
  refuses<std::invalid_argument>("grace", [] { run(run_options{.grace = -1s}, [] {}); });
  refuses<std::invalid_argument>("max_processes", [] { run(run_options{.max_processes = 0}, [] {}); });
  refuses<std::invalid_argument>("max_processes", [] { run(run_options{.max_processes = ~std::size_t{0}}, [] {}); });
  const spec::options_decide_schedulers here;
  refuses<std::invalid_argument>("schedulers", [] { run(run_options{.schedulers = 100'000}, [] {}); });
  refuses<std::logic_error>("", [] {
    runtime one{run_options{.grace = 50ms}};
    runtime two{run_options{.grace = 50ms}};
  });
  CHECK(run([] {}) == 0);
}

TEST_CASE("suspending oneself, and a dead system monitor, are refused with a sentence") {
  spec::in_process([]() -> process {
    co_await refuses_to_wait<std::invalid_argument>("nobody could resume it", [] { return suspend_process(self()); });
    const pid dead = co_await spec::dead_process();
    refuses<std::invalid_argument>("dead", [&] { system_monitor(dead, {.long_message_queue = 10}); });
    CHECK_FALSE(system_monitor());
  });
}

TEST_CASE("a fork bomb: the limit holds, others go on, and run ends it") {
  spec::collected_reports reports;
  constexpr std::size_t limit = spec::sized(2'000, 200);  // each that fails is a report, and a sanitizer's take their time
  for (const std::size_t schedulers : {1, 2, 8}) {
    std::size_t most = 0;
    int turns = 0;
    const int code = run(run_options{.schedulers = schedulers, .grace = 200ms, .max_processes = limit}, [&]() -> process {
      spawn(fork_bomb);
      for (; turns < 20; ++turns) {
        co_await sleep(1ms);
        most = std::max(most, processes().size());
      }
      for (int i = 0; i < 10'000 && most <= 100; ++i) {  // the system may keep the one who runs it from running
        co_await sleep(1ms);
        most = std::max(most, processes().size());
      }
    });
    CHECK(code == 0);
    CHECK(turns == 20);
    CHECK(most < 2 * limit);  // processes() takes a while to look; who died and who came meanwhile are both in it
    CHECK(most > 100);
    CHECK(processes().empty());
  }
  const std::vector<crash_report> all = reports.all();
  REQUIRE_FALSE(all.empty());
  CHECK(spec::contains(all.front().text, "run_options::max_processes"));
}
