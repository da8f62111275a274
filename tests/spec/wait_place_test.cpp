// Where a process waits is where its user's code awaits, whatever the library awaits in between; and what it waits for.
#include "spec.hpp"

#include <algorithm>
#include <atomic>

namespace {

struct look_up {
  using reply = int;
};

std::atomic<unsigned> line_of_wait = 0;

// What inspect says of a process once it waits. Its stack is asked for, too.
task<process_info> waiting(pid who, bool on_a_noted_line = false) {
  while (true) {
    const bool noted =
        !on_a_noted_line || line_of_wait != 0;  // looked at first: a wait on the way to the one that is meant is another
    std::optional<process_info> info = co_await inspect(who, {.stack = true});
    REQUIRE(info);
    if (noted && info->status == process_status::waiting && info->waits)
      co_return *std::move(info);
    co_await sleep(1ms);
  }
}

process deaf() { co_await receive<std::unique_ptr<int>>(); }

// Each waits through another coroutine of the library's, on the line that it notes.
using waits = process (*)(pid deaf_server);
process in_call(pid s) {
  line_of_wait = __LINE__ + 1;
  co_await call(s, look_up{}, infinity);
}
process in_try_call(pid s) {
  line_of_wait = __LINE__ + 1;
  (void)co_await try_call(s, look_up{}, infinity);
}
process in_call_by_name(pid) {
  line_of_wait = __LINE__ + 1;
  co_await call("the deaf one", look_up{}, infinity);
}
process in_stop_server(pid s) {
  line_of_wait = __LINE__ + 1;
  (void)co_await stop_server(s, reason::normal, infinity);
}
process in_inspect_server(pid s) {
  line_of_wait = __LINE__ + 1;
  (void)co_await inspect_server(s);
}
process in_receive(pid) {
  line_of_wait = __LINE__ + 1;
  co_await receive<int>();
}
process in_handlers(pid) {
  line_of_wait = __LINE__ + 1;
  co_await receive([](int) {}, [](std::string) {});
}
process in_task_handlers(pid) {
  line_of_wait = __LINE__ + 1;
  co_await receive([](int) -> task<> { co_return; });
}
process in_serve(pid) {
  line_of_wait = __LINE__ + 1;
  co_await serve([](look_up) { return 1; });
}
process in_serve_with_tasks(pid) {
  line_of_wait = __LINE__ + 1;
  co_await serve([](look_up) -> task<int> { co_return 1; });
}
process in_supervise(pid) {
  line_of_wait = __LINE__ + 1;
  co_await supervise(one_for_one, child("c", deaf));
}
process in_start_link(pid) {
  line_of_wait = __LINE__ + 1;
  (void)co_await start_link([]() -> process { co_await sleep(infinity); });
}
process in_start_child(pid s) {
  line_of_wait = __LINE__ + 1;
  (void)co_await start_child(s, child("c", deaf));
}
process in_task(pid) {
  task_handle t = spawn_task([]() -> task<> { co_await sleep(infinity); });
  line_of_wait = __LINE__ + 1;
  co_await t.await(infinity);
}
process in_await_many(pid) {
  std::vector<task_handle<>> tasks;
  tasks.push_back(spawn_task([]() -> task<> { co_await sleep(infinity); }));
  line_of_wait = __LINE__ + 1;
  (void)co_await await_many(tasks, infinity);
}
process in_parallel_map(pid) {
  line_of_wait = __LINE__ + 1;
  (void)co_await parallel_map(std::vector{1},
                              [](int) -> task<int> {
                                co_await sleep(infinity);
                                co_return 1;
                              },
                              {.timeout = infinity});
}
process in_work_pool(pid) {
  work_pool pool = *co_await work_pool::start_link({.workers = 1});
  line_of_wait = __LINE__ + 1;
  (void)co_await pool.run([]() -> task<> { co_await sleep(infinity); });
}
process in_agent(pid) {
  agent<int> a = *co_await agent<int>::start_link(1);
  co_await a.get([](int n) { return n; });
  co_await suspend_process(a.process());
  line_of_wait = __LINE__ + 1;
  co_await a.get([](int n) { return n; }, infinity);
}
process in_send_wait(pid) {
  const pid full = spawn(spawn_options{.max_mailbox = 1}, deaf).process;
  send(full, 1);
  line_of_wait = __LINE__ + 1;
  co_await send_wait(full, 2);
}
process in_request(pid s) {
  auto r = send_request(s, look_up{});
  line_of_wait = __LINE__ + 1;
  (void)co_await r.await(infinity);
}
task<int> inner(pid s) {
  line_of_wait = __LINE__ + 1;
  co_return co_await call(s, look_up{}, infinity);
}
process in_inner_task(pid s) { co_await inner(s); }

void inner_throws(int depth) {
  if (depth == 0)
    throw std::runtime_error("deep");
}
unsigned sleep_line = 0, recursion_line = 0, outer_line = 0;
task<int> deep(int n) {
  if (n < 0)
    co_return 0;
  if (n == 0) {
    sleep_line = __LINE__ + 1;
    co_await sleep(1ms);
    inner_throws(0);
  }
  recursion_line = __LINE__ + 1;
  co_return co_await deep(n - 1);
}
process deep_process() {
  outer_line = __LINE__ + 1;
  co_await deep(3);
}

crash_report report_of(process (*f)()) {
  spec::collected_reports reports;
  spec::in_run([f]() -> process { (void)co_await receive<down>(spawn_monitor(f).monitor); });
  const std::vector<crash_report> all = reports.all();
  REQUIRE(all.size() == 1);
  return all[0];
}

std::vector<unsigned> lines_of(const std::vector<waiting_at>& stack) {
  std::vector<unsigned> lines;
  for (const waiting_at& at : stack) {
    CHECK(spec::ends_with(at.file, "wait_place_test.cpp"));
    lines.push_back(at.line);
  }
  return lines;
}

}  // namespace

TEST_CASE("the place of a wait is the user's, whatever coroutines of the library's are in between") {
  const std::vector<std::pair<const char*, waits>> all = {{"call", in_call},
                                                          {"try_call", in_try_call},
                                                          {"call by name", in_call_by_name},
                                                          {"stop_server", in_stop_server},
                                                          {"inspect_server", in_inspect_server},
                                                          {"receive", in_receive},
                                                          {"handlers", in_handlers},
                                                          {"task handlers", in_task_handlers},
                                                          {"serve", in_serve},
                                                          {"serve with tasks", in_serve_with_tasks},
                                                          {"supervise", in_supervise},
                                                          {"start_link", in_start_link},
                                                          {"start_child", in_start_child},
                                                          {"task", in_task},
                                                          {"await_many", in_await_many},
                                                          {"parallel_map", in_parallel_map},
                                                          {"work_pool", in_work_pool},
                                                          {"agent", in_agent},
                                                          {"send_wait", in_send_wait},
                                                          {"request", in_request},
                                                          {"an inner task", in_inner_task}};
  for (const auto& [name, f] : all) {
    INFO(name);
    spec::in_run([f = f]() -> process {
      const pid server = spawn(deaf);
      register_name("the deaf one", server);
      line_of_wait = 0;
      const process_info info = co_await waiting(spawn(f, server), true);
      CHECK(spec::ends_with(info.waits->file, "wait_place_test.cpp"));
      CHECK(info.waits->line == line_of_wait.load());
      CHECK(spec::contains(info.waits->function, "in"));
      REQUIRE_FALSE(info.stack.empty());
      CHECK(lines_of(info.stack).front() == line_of_wait.load());
      CHECK(info.stack.size() == (f == in_inner_task ? 2u : 1u));
    });
  }
}

TEST_CASE("a process of the library's own waits where its user started it") {
  spec::in_run([]() -> process {
    const unsigned line = __LINE__ + 1;
    agent<int> a = *co_await agent<int>::start_link(1);
    co_await a.get([](int n) { return n; });
    const process_info info = co_await waiting(a.process());
    CHECK(spec::ends_with(info.waits->file, "wait_place_test.cpp"));
    CHECK(info.waits->line == line);
  });
}

TEST_CASE("a process in call says whom it asks, what, since when and until when") {
  spec::in_run([]() -> process {
    const pid server = spawn(deaf);
    const auto before = now();
    const pid limited = spawn([](pid s) -> process { co_await call(s, look_up{}, 1h); }, server);
    const process_info info = co_await waiting(limited);
    CHECK(info.answers_from == server);
    CHECK(spec::contains(info.asks, "look_up"));
    REQUIRE(info.waits_since);
    REQUIRE(info.waits_until);
    CHECK(*info.waits_since >= before);
    CHECK(*info.waits_since <= now());
    CHECK(*info.waits_until == *info.waits_since + 1h);

    const process_info endless = co_await waiting(spawn(in_call, server));
    CHECK(endless.answers_from == server);
    CHECK_FALSE(endless.waits_until);

    const process_info plain = co_await waiting(spawn(in_receive, server));
    CHECK_FALSE(plain.answers_from);
    CHECK(plain.asks.empty());
  });
}

TEST_CASE("a picture of a simulation that is stuck names whom a caller asks") {
  std::string text;
  try {
    simulate({.explain = false}, []() -> process {
      const pid server = spawn(deaf);
      co_await call(server, look_up{}, infinity);
    });
  } catch (const simulation_failed& stuck) {
    text = stuck.what();
  }
  CHECK(spec::contains(text, " for the answer of #PID<"));
  CHECK(spec::contains(text, "look_up"));
}

TEST_CASE("an exception four awaits deep is reported with all of them, innermost first") {
  const crash_report r = report_of(deep_process);
  CHECK(lines_of(r.stack) == std::vector{sleep_line, recursion_line, recursion_line, recursion_line, outer_line});
  REQUIRE(r.waited_at);
  CHECK(r.waited_at->line == sleep_line);
  const std::string file = r.stack[0].file;
  CHECK(spec::contains(r.text, "    awaited at " + file + ":" + std::to_string(sleep_line) + " in "));
  CHECK(spec::contains(r.text, "          then " + file + ":" + std::to_string(outer_line) + " in "));
  CHECK(spec::contains(r.text, "deep_process("));
}

TEST_CASE("what was caught is in no later report's stack") {
  const crash_report r = report_of([]() -> process {
    for (int i = 0; i < 3; ++i)
      try {
        co_await deep(3);
      } catch (const std::runtime_error&) {}
    outer_line = __LINE__ + 1;
    co_await sleep(1ms);
    throw std::runtime_error("shallow");
  });
  CHECK(lines_of(r.stack) == std::vector{outer_line});
  const crash_report again = report_of([]() -> process {
    try {
      co_await deep(3);
    } catch (const std::runtime_error&) {
      throw std::runtime_error("another, at once");
    }
  });
  CHECK(again.stack.size() == 1);
}

TEST_CASE("an exception that was caught is let go when the process next waits") {
  spec::in_run([]() -> process {
    struct held {
      std::shared_ptr<int> what;
    };
    auto what = std::make_shared<int>();
    std::weak_ptr<int> left = what;
    try {
      co_await [](std::shared_ptr<int> w) -> task<> {
        co_await yield();
        throw held{std::move(w)};
      }(std::move(what));
    } catch (const held&) {}
    co_await sleep(1ms);
    CHECK(left.expired());
  });
}

TEST_CASE("an exception passed on by catch and throw keeps its stack") {
  const crash_report r = report_of([]() -> process {
    try {
      co_await deep(1);
    } catch (...) {
      throw;
    }
  });
  CHECK(r.stack.size() == 3);
}

TEST_CASE("the stack of a very deep exception has 64 places, the outermost among them") {
  const crash_report r = report_of([]() -> process {
    outer_line = __LINE__ + 1;
    co_await deep(10'000);
  });
  const std::vector<unsigned> lines = lines_of(r.stack);
  REQUIRE(lines.size() == 64);
  CHECK(lines.front() == sleep_line);
  CHECK(lines.back() == outer_line);
  CHECK(std::count(r.text.begin(), r.text.end(), '\n') < 24);
}

TEST_CASE("a function spawned by name is shown by its name") {
  spec::in_run([]() -> process {
    const process_info info = co_await waiting(spawn(in_receive, self()));
    CHECK(spec::contains(info.function, "in_receive("));
    CHECK(spec::contains(info.function, "wait_place_test.cpp:"));
    const process_info server = co_await waiting(spawn(in_serve, self()));
    CHECK(spec::contains(server.function, "in_serve("));
  });
}

TEST_CASE("inspect_options::most bounds every list, and the counts are of all") {
  spec::in_process([]() -> process {
    const pid p = spawn([]() -> process {
      for (int i = 0; i < 20; ++i) {
        spawn_link(deaf);
        monitor(spawn(deaf));
        dictionary().put(std::to_string(100 + i), i);
      }
      co_await receive<std::string>();
    });
    for (int i = 0; i < 20; ++i) {
      monitor(p);
      send(p, i);
    }
    co_await waiting(p);
    const auto all = co_await inspect(p, {.messages = true, .dictionary = true, .stack = true});
    const auto some = co_await inspect(p, {.messages = true, .dictionary = true, .stack = true, .most = 5});
    const auto none = co_await inspect(p, {.messages = true, .dictionary = true, .stack = true, .most = 0});
    for (const auto* info : {&*all, &*some, &*none}) {
      CHECK(info->link_count == 20);
      CHECK(info->monitor_count == 20);
      CHECK(info->monitored_by_count == 20);
      CHECK(info->mailbox_length == 20);
      const std::size_t most = info == &*all ? 20 : info == &*some ? 5 : 0;
      CHECK(info->links.size() == most);
      CHECK(info->monitors.size() == most);
      CHECK(info->monitored_by.size() == most);
      CHECK(info->messages.size() == most);
      CHECK(info->dictionary.size() == most);
      CHECK(info->stack.size() == std::min<std::size_t>(most, 1));
    }
    CHECK(some->messages[0].text == "0");
    CHECK(some->dictionary[0] == "100");
    for (const pid linked : some->links)
      CHECK(std::find(all->links.begin(), all->links.end(), linked) != all->links.end());
  });
}
