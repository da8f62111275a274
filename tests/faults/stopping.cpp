// The end of a runtime, while others still want something from it.
#include "fault.hpp"

#include <algorithm>
#include <climits>
#include <future>

namespace {

process waits() { co_await receive<int>(); }

std::atomic<int> alive{0};
struct counted {
  counted() { ++alive; }
  counted(const counted&) { ++alive; }
  counted(counted&&) noexcept { ++alive; }
  ~counted() { --alive; }
};

// A value, or an exception with a sentence of ours: either is an answer.
void must_answer_wait(runtime& rt, pid who) {
  try {
    (void)rt.wait(who);
  } catch (const std::future_error& e) {
    must(false, std::string("wait is answered, not by ") + e.what());
  } catch (const std::exception&) {}
}

constexpr int rounds = fault::sanitized ? 20 : 200;

}  // namespace

// runtime::wait after stop crashed. Must: it is answered.
FAULT(wait_after_stop_crashes) {
  runtime rt({.grace = 50ms});
  const pid who = rt.spawn(waits);
  rt.stop();
  must_answer_wait(rt, who);
  return 0;
}

// A thread that waited for a process while another stopped the runtime got std::future_error. Must: it is answered.
FAULT(wait_during_stop_is_broken_off) {
  for (int i = 0; i < rounds; ++i) {
    runtime rt({.schedulers = 2, .grace = 50ms});
    std::promise<pid> spawned;
    rt.spawn([&]() -> process {
      spawned.set_value(spawn(waits));
      co_await receive<int>();
    });
    const pid who = spawned.get_future().get();
    std::thread waiter([&] { must_answer_wait(rt, who); });
    std::this_thread::sleep_for(std::chrono::microseconds(i * 10));
    rt.stop();
    waiter.join();
  }
  return 0;
}

// The callback of runtime::monitor was never called for processes that stop ended. Must: once for each.
FAULT(monitor_callback_lost_at_stop) {
  std::atomic<int> told{0};
  constexpr int monitored = 200;
  for (int i = 0; i < monitored / 10; ++i) {
    runtime rt({.grace = 100ms});
    for (int k = 0; k < 10; ++k)
      rt.monitor(rt.spawn(fault::idle), [&](const down&) { ++told; });
    rt.stop();
  }
  must(told == monitored, std::to_string(monitored) + " callbacks, not " + std::to_string(told));
  return 0;
}

// What a foreign thread spawned and sent while the runtime stopped was used after it was freed, or never destroyed. Must: all of it is
// gone when the runtime is.
FAULT(threads_at_work_while_stopping) {
  for (int i = 0; i < rounds; ++i) {
    {
      runtime rt({.grace = 50ms});
      std::atomic<bool> go{true};
      std::thread other([&] {
        while (go) {
          try {
            const pid child = rt.spawn([kept = counted()]() -> process { co_await sleep(infinity); });
            send(child, counted());
            send_after(1ms, child, counted());
          } catch (const std::exception&) {  // it has stopped
          }
        }
      });
      std::this_thread::sleep_for(std::chrono::microseconds(100 * (i % 10)));
      rt.stop();
      go = false;
      other.join();
    }
    must(alive == 0, std::to_string(alive) + " objects are left in round " + std::to_string(i));
    alive = 0;
  }
  return 0;
}

namespace {
struct spawns_when_destroyed {
  bool still_mine = true;
  spawns_when_destroyed() = default;
  spawns_when_destroyed(spawns_when_destroyed&& other) noexcept : still_mine(std::exchange(other.still_mine, false)) {}
  ~spawns_when_destroyed() {
    if (!still_mine)
      return;
    try {
      spawn([kept = counted()]() -> process { co_return; });
    } catch (const std::exception&) {  // nobody runs it any more
    }
  }
};
}  // namespace

// A process that a destructor spawned when the runtime dropped its last messages was never destroyed. Must: nothing is left.
// Output:
// 0
FAULT(destructor_that_spawns_at_the_end) {
  const int status = run([] { send_after(1h, destination("nobody"), spawns_when_destroyed()); });
  say(std::to_string(alive));
  return status;
}

// runtime::stop in one of its processes hung, and ended in an abort that blamed that process. Must: it is refused, or works.
// Output:
// end
FAULT(stop_in_a_process_hangs) {
  {
    runtime rt({.grace = 100ms});
    const pid who = rt.spawn([&]() -> process {
      co_await sleep(1ms);
      try {
        rt.stop();
      } catch (const std::exception&) {}
    });
    must_answer_wait(rt, who);
  }
  say("end");
  return 0;
}

// The same in a callback of runtime::monitor.
// Output:
// end
FAULT(stop_in_a_callback_hangs) {
  {
    runtime rt({.grace = 100ms});
    std::promise<void> called;
    rt.monitor(rt.spawn([] {}), [&](const down&) {
      try {
        rt.stop();
      } catch (const std::exception&) {}
      called.set_value();
    });
    called.get_future().wait();
  }
  say("end");
  return 0;
}

// runtime::wait and run in a process block its scheduler, perhaps for ever. Must: they are refused with a sentence.
// Output:
// refused
// refused
FAULT(wait_in_a_process_hangs) {
  runtime rt({.grace = 100ms});
  const auto refused = [](auto&& f) {
    try {
      f();
      return "let through";
    } catch (const std::exception&) {
      return "refused";
    }
  };
  const pid who = rt.spawn([&]() -> process {
    co_await sleep(1ms);
    say(refused([&] { (void)rt.wait(self()); }));
    say(refused([] { (void)run([] {}); }));
  });
  (void)rt.wait(who);
  return 0;
}

// A runtime that was started and stopped many times took 8 KiB of memory more each time, and new slots for processes. Must: it does not.
// Sanitizers: no, they keep memory of their own
// Within: 40
FAULT(memory_grows_with_each_start) {
  const auto resident = [] {
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    long all = 0, pages = 0;
    const int got = std::fscanf(file, "%ld %ld", &all, &pages);
    std::fclose(file);
    return got == 2 ? pages * sysconf(_SC_PAGESIZE) : 0;
  };
  std::string last;
  const auto start_and_stop = [&](int times) {
    for (int i = 0; i < times; ++i)
      run({.schedulers = 2}, [&] { last = to_string(spawn([] {})); });
  };
  // The least of several: the kernel may give the heap a huge page, 2 MiB, at any time, but not each time.
  constexpr int times = 300;
  start_and_stop(times);
  long least = LONG_MAX;
  for (int again = 0; again < 4; ++again) {
    const long before = resident();
    start_and_stop(times);
    least = std::min(least, resident() - before);
  }
  must(least < times * 1024L, "memory does not grow with each start, as it did: by " + std::to_string(least / times) + " bytes");
  must(std::atoi(last.c_str() + 7) < 100'000, "processes are not given new slots for ever: " + last);
  return 0;
}
