// suspend_process and resume_process.
#include "spec.hpp"

namespace {

struct tick {};

process echo(pid to) {
  while (true)
    co_await receive([&](int n) { send(to, n); });
}

task<process_status> status_of(pid who) {
  const auto info = co_await inspect(who);
  co_return info->status;
}

}  // namespace

TEST_CASE("C137 a suspended process runs nothing and takes everything in; resumed it goes on in order") {
  spec::in_process([]() -> process {
    const pid p = spawn(echo, self());
    send(p, 1);
    const int first = co_await receive<int>();
    CHECK(first == 1);
    const bool done = co_await suspend_process(p);
    CHECK(done);
    send(p, 2);
    send(p, 3);
    const process_status status = co_await status_of(p);
    CHECK(status == process_status::suspended);
    const auto silent = co_await receive<int>(within(20ms));
    CHECK_FALSE(silent);
    const auto info = co_await inspect(p);
    CHECK(info->mailbox_length <= 2);
    const bool resumed = co_await resume_process(p);
    CHECK(resumed);
    for (const int expected : {2, 3}) {
      const int got = co_await receive<int>();
      CHECK(got == expected);
    }
  });
}

TEST_CASE("C137 suspensions count, each suspender's for itself") {
  spec::in_process([]() -> process {
    const pid p = spawn(echo, self());
    for (int i = 0; i < 2; ++i) {
      const bool done = co_await suspend_process(p);
      CHECK(done);
    }
    const pid other = spawn(
        [](pid p, pid tell) -> process {
          co_await suspend_process(p);
          send(tell, tick{});
          co_await receive<tick>();
          const bool mine = co_await resume_process(p);
          const bool again = co_await resume_process(p);
          send(tell, mine && !again);
        },
        p, self());
    co_await receive<tick>();
    for (int i = 0; i < 2; ++i) {
      const bool resumed = co_await resume_process(p);
      CHECK(resumed);
    }
    const bool none = co_await resume_process(p);
    CHECK_FALSE(none);
    process_status status = co_await status_of(p);
    CHECK(status == process_status::suspended);
    send(other, tick{});
    const bool counted = co_await receive<bool>();
    CHECK(counted);
    status = co_await status_of(p);
    CHECK(status == process_status::waiting);
  });
}

TEST_CASE("C137 the suspender's death takes its suspensions back") {
  spec::in_process([]() -> process {
    const pid p = spawn(echo, self());
    auto [holder, watch] = spawn_monitor(
        [](pid p, pid tell) -> process {
          co_await suspend_process(p);
          co_await suspend_process(p);
          send(tell, tick{});
          co_await receive<tick>();
        },
        p, self());
    co_await receive<tick>();
    auto info = co_await inspect(holder);
    CHECK(info->suspending == std::vector<pid>{p});
    CHECK(info->monitored_by == std::vector<pid>{self()});  // what the runtime does for itself is not shown
    info = co_await inspect(p);
    CHECK(info->monitors.empty());
    send(holder, tick{});
    co_await receive<down>(watch);
    send(p, 5);
    const int got = co_await receive<int>();
    CHECK(got == 5);
  });
}

TEST_CASE("C137 a suspended process can be killed, dies of links, and its deadlines wait for it") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn_monitor(
        [](pid to) -> process {
          co_await receive(after(1s));  // long enough to be suspended in
          send(to, tick{});
          co_await sleep(infinity);
        },
        self());
    co_await spec::until_waiting(p);
    bool done = co_await suspend_process(p);
    CHECK(done);
    auto late = co_await receive<tick>(within(1030ms));
    CHECK_FALSE(late);
    done = co_await resume_process(p);
    CHECK(done);
    co_await receive<tick>();
    done = co_await suspend_process(p);
    CHECK(done);
    exit(p, exit_reason("enough"));
    const down d = co_await receive<down>(watch);
    CHECK(d.why == exit_reason("enough"));
    done = co_await suspend_process(p);
    CHECK_FALSE(done);
    done = co_await resume_process(p);
    CHECK_FALSE(done);
  });
}

TEST_CASE("C137 a process that only computes between awaits is suspended at its next one") {
  spec::in_process([]() -> process {
    auto count = std::make_shared<std::atomic<long>>(0);
    const pid p = spawn(
        [](std::shared_ptr<std::atomic<long>> n) -> process {
          while (true) {
            ++*n;
            co_await yield();
          }
        },
        count);
    while (*count < 10)
      co_await yield();
    const bool done = co_await suspend_process(p);
    CHECK(done);
    const long then = *count;
    for (int i = 0; i < 100; ++i)
      co_await yield();
    CHECK(*count <= then + 1);
    co_await resume_process(p);
    while (*count <= then + 1)
      co_await yield();
  });
}

TEST_CASE("a process cannot suspend itself") {
  spec::in_process([]() -> process {
    bool thrown = false;
    try {
      (void)co_await suspend_process(self());
    } catch (const std::invalid_argument&) {
      thrown = true;
    }
    CHECK(thrown);
  });
}
