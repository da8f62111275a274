// Code of the user's that the library runs: it may use the library.
#include "fault.hpp"

namespace {

timer_ref other_timer;

struct copied {
  bool cancels;
  explicit copied(bool c) : cancels(c) {}
  copied(copied&&) = default;
  copied(const copied& other) : cancels(other.cancels) {
    if (cancels)
      cancel_timer(std::exchange(other_timer, timer_ref()));
    else
      (void)read_timer(other_timer);
    (void)whereis("nobody");
    (void)send_after(1h, self_or_nobody(), 0);
  }
  static pid self_or_nobody() {
    try {
      return self();
    } catch (const not_a_process&) {
      return pid();
    }
  }
};

struct numbered {
  int n;
};

}  // namespace

// A message's copy constructor ran under the lock of the timers, and a timer's function in it waited for ever. Must: it works.
FAULT(copy_constructor_of_a_timers_message_hangs) {
  return run([]() -> process {
    other_timer = send_after(1h, self(), 0);
    for (const bool cancels : {false, true}) {
      const timer_ref every = send_every(5ms, self(), copied(cancels));
      for (int i = 0; i < 3; ++i) {
        const auto tick = co_await receive<copied>(within(2s));
        must(tick.has_value(), "the message comes");
      }
      cancel_timer(every);
    }
  });
}

// A guard that called link, unlink and the like overflowed the stack, or freed the message it looked at. Must: it works, or is refused with a sentence.
// Output:
// 3
FAULT(guard_that_uses_the_api_crashes) {
  return run([]() -> process {
    trap_exits();
    auto [gone, watch] = spawn_monitor([] {});
    co_await receive<down>(watch);
    const pid living = spawn(fault::idle);
    for (int i = 0; i < 5; ++i)
      send(self(), numbered{i});
    spawn([to = self()]() -> process {  // and more while the guard is at work
      for (int i = 0; i < 100; ++i) {
        co_await sleep(1ms);
        exit(to, exit_reason("hello"));
        send(to, numbered{0});
      }
    });
    const auto found = co_await receive<numbered>(
        [&](const numbered& m) {
          link(gone);
          unlink(gone);
          link(living);
          unlink(living);
          demonitor(monitor(gone));
          try {
            demonitor(monitor(living), {.flush = true});
          } catch (const std::logic_error&) {  // it would take messages away: refused
          }
          exit(gone, exit_reason("again"));
          send(gone, 1);
          (void)whereis("nobody");
          cancel_timer(send_after(1h, gone, 1));
          return m.n == 3;
        },
        within(5s));
    say(found ? std::to_string(found->n) : "nothing");
  });
}

// A guard that calls exit. Must: the process ends, for that reason.
// Output:
// "enough"
FAULT(guard_that_exits_crashes) {
  return run([]() -> process {
    auto [child, watch] = spawn_monitor([]() -> process {
      send(self(), 1);
      (void)co_await receive<int>([](int) -> bool { exit(exit_reason("enough")); });
    });
    const down end = co_await receive<down>(watch);
    say(to_string(end.why));
  });
}
