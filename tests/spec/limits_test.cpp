// Memory limits, visible counters, priorities, run-time flags; what inspect shows on request.
#include "schedulers.hpp"
#include "spec.hpp"

#include <algorithm>

namespace {

struct kilobyte {
  char bytes[1000] = {};
};
struct shown {
  int n = 0;
};
std::string describe(const shown& s) { return "shown " + std::to_string(s.n); }
struct thrower {};
std::string describe(const thrower&) { throw std::runtime_error("no text"); }

}  // namespace

TEST_CASE("a memory limit ends the receiver with killed, trapping or not") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn(spawn_options{.monitor = true, .max_memory = 20'000}, []() -> process {
      trap_exits();
      co_await sleep(infinity);
    });
    co_await spec::until_waiting(p);
    for (int i = 0; i < 15; ++i)
      send(p, kilobyte{});
    const auto info = co_await inspect(p);
    REQUIRE(info);
    CHECK(info->max_memory == 20'000);
    CHECK(info->memory <= 20'000);
    for (int i = 0; i < 10; ++i)
      send(p, kilobyte{});
    const down d = co_await receive<down>(watch);
    CHECK(d.why == reason::killed);
  });
}

TEST_CASE("with a memory limit room comes back when messages are received, and senders may wait for it") {
  spec::in_process([]() -> process {
    const pid p = spawn(spawn_options{.max_memory = 5'000}, []() -> process {
                    while (true)
                      co_await receive([](kilobyte) -> task<> { co_await yield(); });
                  }).process;
    for (int i = 0; i < 100; ++i)
      co_await send_wait(p, kilobyte{});
    const bool alive = co_await is_alive(p);
    CHECK(alive);
  });
}

TEST_CASE("inspect counts what an overflow dropped and who waits for room") {
  spec::in_process([]() -> process {
    const pid p = spawn(spawn_options{.max_mailbox = 3, .on_overflow = overflow::drop_newest}, spec::idle).process;
    for (int i = 0; i < 10; ++i)
      send(p, i);
    auto info = co_await inspect(p);
    CHECK(info->mailbox_length == 3);
    CHECK(info->dropped == 7);
    CHECK(info->max_mailbox == 3);
    spawn([](pid p) -> process { co_await send_wait(p, 10); }, p);
    do {
      co_await yield();
      info = co_await inspect(p);
    } while (info->senders_waiting == 0);
    CHECK(info->senders_waiting == 1);
    const pid q = spawn(spawn_options{.max_mailbox = 3, .on_overflow = overflow::drop_oldest}, spec::idle).process;
    for (int i = 0; i < 10; ++i)
      send(q, i);
    info = co_await inspect(q, {.messages = true});
    CHECK(info->dropped == 7);
    REQUIRE(info->messages.size() == 3);
    CHECK(info->messages[0].text == "7");
  });
}

TEST_CASE("C130 set_priority and set_mailbox_limit return what was; a limit set at run time holds") {
  spec::in_process([]() -> process {
    CHECK(set_priority(priority::high) == priority::normal);
    CHECK(set_priority(priority::normal) == priority::high);
    const mailbox_limit_options none = set_mailbox_limit({.max_mailbox = 2, .on_overflow = overflow::drop_newest});
    CHECK(none.max_mailbox == unlimited);
    CHECK(none.on_overflow == overflow::kill_receiver);
    for (int i = 0; i < 5; ++i)
      send(self(), i);
    const std::size_t n = co_await spec::unread();
    CHECK(n == 2);
    const mailbox_limit_options two = set_mailbox_limit({});
    CHECK(two.max_mailbox == 2);
    for (int i = 0; i < 5; ++i)
      send(self(), i);
    const std::size_t all = co_await spec::unread();
    CHECK(all == 7);
  });
}

TEST_CASE("C128 inspect lists the unread messages in order, of the same moment as their number, and takes none") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    send(p, 1);
    send(p, "two");
    send(p, shown{3});
    send(p, thrower{});
    for (int look = 0; look < 2; ++look) {
      const auto info = co_await inspect(p, {.messages = true});
      REQUIRE(info->messages.size() == 4);
      CHECK(info->mailbox_length == 4);
      CHECK(info->messages[0].text == "1");
      CHECK(info->messages[0].type == "int");
      CHECK(info->messages[1].text == "\"two\"");
      CHECK(info->messages[2].text == "shown 3");
      CHECK(info->messages[3].text == "#thrower<>");
      CHECK(info->messages[3].bytes > 0);
    }
    const auto without = co_await inspect(p);
    CHECK(without->messages.empty());
  });
}

TEST_CASE("C128 the list and its length agree while others send") {
  spec::in_process([]() -> process {
    auto done = spec::make_flag();
    const pid p = spawn(spec::idle);
    for (int s = 0; s < 2; ++s)
      spawn(
          [](pid p, spec::shared_flag done) -> process {
            for (int i = 0; i < 2000; ++i) {
              send(p, i);
              co_await yield();
            }
            *done = true;
          },
          p, done);
    bool agree = true;
    while (!*done) {
      const auto info = co_await inspect(p, {.messages = true});
      agree = agree && info->messages.size() == info->mailbox_length;
    }
    CHECK(agree);
  });
}

TEST_CASE("inspect shows dictionary keys and the stack of awaits on request") {
  spec::in_process([]() -> process {
    const pid p = spawn([]() -> process {
      dictionary().put("b", 1);
      dictionary().put("a", 2);
      co_await []() -> task<> { co_await []() -> task<> { co_await receive<std::string>(); }(); }();
    });
    co_await spec::until_waiting(p);
    const auto info = co_await inspect(p, {.dictionary = true, .stack = true});
    CHECK(info->dictionary == std::vector<std::string>{"a", "b"});
    REQUIRE(info->stack.size() == 3);
    for (const waiting_at& at : info->stack)
      CHECK(spec::ends_with(at.file, "limits_test.cpp"));
    CHECK(info->stack[0].line == info->waits->line);
  });
}

TEST_CASE("C133 under load low gets between a sixteenth and a quarter of what normal gets") {
  const spec::options_decide_schedulers here;
  spec::in_run(run_options{.schedulers = 1, .grace = 50ms}, []() -> process {
    static std::atomic<long> low, normal;
    low = normal = 0;
    const auto spin = [](shared_unsafely<std::atomic<long>> turns) -> process {
      while (true) {
        ++*turns;
        co_await yield();
      }
    };
    for (int i = 0; i < 4; ++i) {
      spawn(spawn_options{.prio = priority::low}, spin, unsafe_share(&low));
      spawn(spin, unsafe_share(&normal));
    }
    while (normal < spec::sized(100'000, 10'000))
      co_await yield();
    const double share = static_cast<double>(low) / static_cast<double>(normal);
    CHECK(share > 1.0 / 16);
    CHECK(share < 1.0 / 4);
  });
}

TEST_CASE("C133 high excludes normal and low while it can run") {
  const spec::options_decide_schedulers here;
  // No spare: one would run the others while the system keeps the scheduler's thread from running, as if that were stuck.
  spec::in_run(run_options{.schedulers = 1, .grace = 50ms, .max_spares = 0}, []() -> process {
    auto [p, watch] = spawn(spawn_options{.monitor = true, .prio = priority::high}, []() -> process {
      static std::atomic<long> others;
      others = 0;
      const auto spin = []() -> process {
        while (true) {
          ++others;
          co_await yield();
        }
      };
      spawn(spin);
      spawn(spawn_options{.prio = priority::low}, spin);
      co_await sleep(1ms);  // they run now
      const long before = others;
      for (int i = 0; i < 10'000; ++i)
        co_await yield();
      exit(exit_reason(others - before));
    });
    const down d = co_await receive<down>(watch);
    REQUIRE(d.why.get_if<long>());
    CHECK(*d.why.get_if<long>() <= 10);
  });
}

TEST_CASE("C135 instead of hibernating a process waits: any message wakes it, and one that is there does not let it block") {
  spec::in_process([]() -> process {
    const pid p = spawn(
        [](pid to) -> process {
          auto m = co_await receive<any_message>();
          send(to, *m.get_if<int>());
        },
        self());
    co_await spec::until_waiting(p);
    send(p, 1);
    int got = co_await receive<int>();
    CHECK(got == 1);
    send(self(), 2);
    auto there = co_await receive<any_message>(within(0s));
    REQUIRE(there);
    got = *there->get_if<int>();
    CHECK(got == 2);
  });
}
