// Who asks a process of lower priority does not wait for its turn: one scheduler that is never without work of the asker's priority,
// so the process that is asked has no turn before all is over. (To the simulator priorities are nothing, anybody runs next; but the
// turns for signals are explored there with all others.)
#include "schedulers.hpp"
#include "spec.hpp"

namespace {

struct work {};

// What the processes of a test share: one scheduler runs them all.
struct scene {
  std::atomic<bool> answered = false;
  bool gave_up = false;
  int turns = 0;  // of the one that is asked
  int guarded = 0;  // looks of its guard at messages
};

process busy(shared_unsafely<scene> s) {
  const auto end = now() + 20s;
  while (!s->answered && now() < end)
    co_await yield();
  s->gave_up = !s->answered;
}

process worker(shared_unsafely<scene> s) {
  while (true)
    co_await receive([&](work) { ++s->turns; }, when([&](const int&) { return ++s->guarded > 0; }, [&](int) { ++s->turns; }));
}

// It always has something to do, and says so.
process spinner(shared_unsafely<scene> s) {
  while (true) {
    ++s->turns;
    co_await yield();
  }
}

using question = task<> (*)(pid asked);

process asker(shared_unsafely<scene> s, pid asked, question ask) {
  co_await ask(asked);
  s->answered = true;
}

// Asks a process that waits, and one that is ready.
void answered_without_a_turn(question ask) {
  for (const auto [high, low] : {std::pair{priority::high, priority::low}, {priority::high, priority::normal}})
    for (const bool ready : {false, true}) {
      INFO("asked is of priority " << static_cast<int>(low) << (ready ? ", ready" : ", waits"));
      scene s;
      int turns_before = -1, turns_after = -1;
      run({.schedulers = 1, .max_spares = 0}, [&, high = high, low = low]() -> process {
        set_priority(priority::high);
        const auto options = spawn_options{.prio = low};
        const pid asked =
            ready ? spawn(options, spinner, unsafe_share(&s)).process : spawn(options, worker, unsafe_share(&s)).process;
        co_await sleep(1ms);  // and it has begun
        std::vector<monitor_ref> watched;
        for (int i = 0; i < 3; ++i)
          watched.push_back(spawn({.monitor = true, .prio = high}, busy, unsafe_share(&s)).monitor);
        turns_before = s.turns;
        watched.push_back(spawn({.monitor = true, .prio = high}, asker, unsafe_share(&s), asked, ask).monitor);
        for (const monitor_ref m : watched)
          co_await receive<down>(m);
        turns_after = s.turns;
        exit(asked, reason::kill);
      });
      CHECK(s.answered);
      CHECK_FALSE(s.gave_up);
      CHECK(s.guarded == 0);
      if (!ready)
        CHECK(turns_after == turns_before);
    }
}

}  // namespace

TEST_CASE("is_alive, inspect and suspend_process are answered at the asker's priority") {
  const spec::options_decide_schedulers guard;
  answered_without_a_turn([](pid asked) -> task<> {
    for (int i = 0; i < 3; ++i)
      if (!co_await is_alive(asked))
        exit(exit_reason(std::string("it is alive")));
  });
  answered_without_a_turn([](pid asked) -> task<> {
    if (!co_await inspect(asked))
      exit(exit_reason(std::string("it is alive")));
  });
  answered_without_a_turn([](pid asked) -> task<> {
    if (!co_await suspend_process(asked) || !co_await resume_process(asked))
      exit(exit_reason(std::string("it can be suspended")));
  });
}

TEST_CASE("messages that were sent before a question are taken in with it, but no guard looks at them out of turn") {
  const spec::options_decide_schedulers guard;
  answered_without_a_turn([](pid asked) -> task<> {
    send(asked, 1);
    send(asked, work{});
    const auto info = co_await inspect(asked);
    if (!info || info->mailbox_length < 1)
      exit(exit_reason(std::string("they lie in its mailbox")));
  });
}

TEST_CASE("send_wait to one that has room goes on at the sender's priority") {
  const spec::options_decide_schedulers guard;
  answered_without_a_turn([](pid asked) -> task<> { co_await send_wait(asked, work{}); });
}

TEST_CASE("who is told to end by one of higher priority dies at that priority, whether waiting or ready") {
  const spec::options_decide_schedulers guard;
  answered_without_a_turn([](pid asked) -> task<> {
    const monitor_ref m = monitor(asked);
    exit(asked, reason::kill);
    if (co_await is_alive(asked))
      exit(exit_reason(std::string("it was killed before")));
    co_await receive<down>(m);
  });
}

TEST_CASE("links and monitors between priorities are made, broken and fire without a turn of the lower") {
  const spec::options_decide_schedulers guard;
  answered_without_a_turn([](pid asked) -> task<> {
    for (int i = 0; i < 100; ++i) {
      link(asked);
      demonitor(monitor(asked), {.flush = true});
      unlink(asked);
    }
    const auto info = co_await inspect(asked);
    if (!info || !info->links.empty() || !info->monitored_by.empty())
      exit(exit_reason(std::string("all are gone again")));
  });
}

TEST_CASE("a question to a process that the same scheduler has in hand is answered, too") {
  const spec::options_decide_schedulers guard;
  scene s;
  run({.schedulers = 1, .max_spares = 0}, [&]() -> process {
    const pid asked = spawn(worker, unsafe_share(&s));
    co_await sleep(1ms);
    for (int i = 0; i < 3; ++i)
      spawn({.prio = priority::high}, busy, unsafe_share(&s));
    const auto [p, m] = spawn({.monitor = true, .prio = priority::high}, asker, unsafe_share(&s), asked, [](pid who) -> task<> {
      send(who, work{});  // runs next here, when those of high priority let it
      co_await is_alive(who);
    });
    co_await receive<down>(m);
    exit(asked, reason::kill);
  });
  CHECK(s.answered);
  CHECK_FALSE(s.gave_up);
}

TEST_CASE("simulated: questions across priorities, among messages, exits and holds, are each answered once, and nothing is lost") {
  for_each_seed(300, [](auto seed) {
    simulate(seed, []() -> process {
      scene s;
      const pid low = spawn({.prio = priority::low}, worker, unsafe_share(&s)).process;
      std::vector<monitor_ref> all;
      for (int i = 0; i < 2; ++i)
        all.push_back(spawn({.monitor = true, .prio = priority::high}, [low]() -> process {
                        for (int k = 0; k < 3; ++k) {
                          send(low, work{});
                          const monitor_ref m = monitor(low);
                          if (!co_await is_alive(low) || !co_await suspend_process(low))
                            exit(exit_reason(std::string("it lives")));
                          send(low, work{});
                          if (!co_await resume_process(low))
                            exit(exit_reason(std::string("it was suspended")));
                          demonitor(m);
                        }
                      }).monitor);
      for (const monitor_ref m : all)
        if ((co_await receive<down>(m)).why != reason::normal)
          throw std::runtime_error("a question was answered wrongly");
      while (s.turns < 12)
        co_await yield();
      const monitor_ref m = monitor(low);
      set_priority(priority::high);
      exit(low, reason::kill);
      if (co_await is_alive(low) || (co_await receive<down>(m)).why != reason::killed)
        throw std::runtime_error("the dead answer, too");
    });
  });
}
