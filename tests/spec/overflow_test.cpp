// Mailboxes with a limit: max_mailbox, on_overflow, send_wait.
#include "spec.hpp"

namespace {

struct item {
  int n = 0;
};

// A process that reads nothing before the flag is set, then sends all it has to `to` as one vector.
process slow_reader(pid to, spec::shared_flag go) {
  co_await spec::until(go);
  std::vector<int> got;
  while (auto m = co_await receive<item>(within(0s)))
    got.push_back(m->n);
  send(to, std::move(got));
}

task<std::vector<int>> what_is_kept(overflow policy, int sent) {
  auto go = spec::make_flag();
  auto [reader, watch] = spawn(spawn_options{.monitor = true, .max_mailbox = 3, .on_overflow = policy}, slow_reader, self(), go);
  for (int n = 1; n <= sent; ++n)
    send(reader, item{n});
  go->store(true);
  co_return co_await receive<std::vector<int>>();
}

}  // namespace

TEST_CASE("kill_receiver: one message too many ends the receiver with killed, trapping or not") {
  spec::in_process([]() -> process {
    for (const bool trapping : {false, true}) {
      auto [p, watch] = spawn(spawn_options{.monitor = true, .max_mailbox = 2}, [trapping]() -> process {
        trap_exits(trapping);
        co_await sleep(infinity);
      });
      co_await spec::until_waiting(p);
      send(p, item{1});
      send(p, item{2});
      const bool alive = co_await is_alive(p);
      CHECK(alive);
      send(p, item{3});
      const exit_reason why = co_await spec::end_of(watch);
      CHECK(why == reason::killed);
    }
  });
}

TEST_CASE("kill_receiver: who has a request in the queue that is lost hears of it at once, as does who brings the last one") {
  spec::in_process([]() -> process {
    struct question {
      using reply = int;
    };
    const pid server = spawn(spawn_options{.max_mailbox = 3}, []() -> process {
                         trap_exits();
                         co_await sleep(infinity);
                       }).process;
    co_await spec::until_waiting(server);
    const auto asks = [server, to = self()]() -> process {
      const outcome<int> o = co_await try_call(server, question{}, infinity);
      send(to, o.why() == reason::killed);
    };
    reply_ref<int> first = send_request(server, question{});
    reply_ref<int> second = send_request(server, question{});
    send(server, item{1});
    const bool alive = co_await is_alive(server);
    CHECK(alive);
    spawn(asks);  // one too many
    const outcome<int> a = co_await first.await(infinity), b = co_await second.await(infinity);
    CHECK(a.why() == reason::killed);
    CHECK(b.why() == reason::killed);
    const bool told = co_await receive<bool>();
    CHECK(told);
    const outcome<int> later = co_await try_call(server, question{});
    CHECK(later.why() == reason::noproc);
  });
}

TEST_CASE("max_mailbox counts unread messages only") {
  spec::in_process([]() -> process {
    auto [p, watch] = spawn(spawn_options{.monitor = true, .max_mailbox = 2}, [to = self()]() -> process {
      while (true)
        co_await receive([&](item m) { send(to, m.n); });
    });
    for (int n = 0; n < 100; ++n) {
      send(p, item{n});
      const int got = co_await receive<int>();
      REQUIRE(got == n);
    }
    exit(p, reason::shutdown);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::shutdown);
  });
}

TEST_CASE("drop_newest keeps the first messages") {
  spec::in_process([]() -> process {
    const std::vector<int> kept = co_await what_is_kept(overflow::drop_newest, 6);
    CHECK(kept == std::vector<int>{1, 2, 3});
  });
}

TEST_CASE("drop_oldest keeps the last messages") {
  spec::in_process([]() -> process {
    const std::vector<int> kept = co_await what_is_kept(overflow::drop_oldest, 6);
    CHECK(kept == std::vector<int>{4, 5, 6});
  });
}

TEST_CASE("report keeps all") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    const std::vector<int> kept = co_await what_is_kept(overflow::report, 6);
    CHECK(kept == std::vector<int>{1, 2, 3, 4, 5, 6});
  });
}

TEST_CASE("what an overflow drops is destroyed") {
  spec::in_process([]() -> process {
    for (const overflow policy : {overflow::drop_newest, overflow::drop_oldest}) {
      const auto token = std::make_shared<const int>(1);
      const pid p = spawn(spawn_options{.max_mailbox = 3, .on_overflow = policy}, spec::idle).process;
      for (int i = 0; i < 100; ++i)
        send(p, token);
      const auto info = co_await inspect(p);
      REQUIRE(info);
      CHECK(info->mailbox_length == 3);
      CHECK(token.use_count() == 4);
      exit(p, reason::kill);
      (void)co_await spec::end_of(p);
      CHECK(token.use_count() == 1);
    }
  });
}

TEST_CASE("down and exited count but are never dropped") {
  spec::in_process([]() -> process {
    auto go = spec::make_flag();
    const pid p = spawn(spawn_options{.max_mailbox = 3, .on_overflow = overflow::drop_newest}, [to = self(), go]() -> process {
                    trap_exits();
                    send(to, "ready");
                    co_await spec::until(go);
                    int items = 0, exits = 0;
                    while (co_await receive([&](item) { return ++items > 0; }, [&](exited) { return ++exits > 0; },
                                            after(0s, [] { return false; }))) {}
                    send(to, std::pair(items, exits));
                  }).process;
    (void)co_await receive<std::string>();
    exit(p, exit_reason("one"));
    exit(p, exit_reason("two"));
    for (int n = 0; n < 5; ++n)
      send(p, item{n});  // room for one
    exit(p, exit_reason("three"));
    exit(p, exit_reason("four"));
    go->store(true);
    const auto [items, exits] = co_await receive<std::pair<int, int>>();
    CHECK(items == 1);
    CHECK(exits == 4);
  });
}

TEST_CASE("send_wait waits until there is room: nothing is lost, nobody is killed, the order stays") {
  spec::in_process([]() -> process {
    auto [consumer, watch] = spawn(spawn_options{.monitor = true, .max_mailbox = 2}, [to = self()]() -> process {
      for (int n = 0; n < 100; ++n) {
        const item m = co_await receive<item>();
        send(to, m.n);
        if (n % 10 == 0)
          co_await sleep(1ms);
      }
    });
    spawn([consumer]() -> process {
      for (int n = 0; n < 100; ++n)
        co_await send_wait(consumer, item{n});
    });
    for (int n = 0; n < 100; ++n) {
      const int got = co_await receive<int>();
      REQUIRE(got == n);
    }
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
  });
}

TEST_CASE("send_wait: many producers share the room") {
  spec::in_process([]() -> process {
    const pid consumer = spawn(spawn_options{.max_mailbox = 3}, [to = self()]() -> process {
                           int sum = 0;
                           for (int i = 0; i < 10 * 20; ++i) {
                             sum += (co_await receive<item>()).n;
                             const std::size_t waiting = co_await spec::unread();
                             if (waiting > 3)
                               send(to, "too many");
                           }
                           send(to, sum);
                         }).process;
    for (int p = 0; p < 10; ++p)
      spawn([consumer]() -> process {
        for (int n = 0; n < 20; ++n)
          co_await send_wait(consumer, item{n});
      });
    const std::optional<std::string> bad = co_await receive<std::string>(within(0s));
    const int sum = co_await receive<int>();
    const std::optional<std::string> worse = co_await receive<std::string>(within(0s));
    CHECK(sum == 10 * 190);
    CHECK_FALSE(bad);
    CHECK_FALSE(worse);
  });
}

TEST_CASE("send_wait to a process without a limit, or to a dead one, does not wait") {
  spec::in_process([]() -> process {
    const pid p = spawn(spec::idle);
    for (int n = 0; n < 100; ++n)
      co_await send_wait(p, item{n});
    const auto info = co_await inspect(p);
    REQUIRE(info);
    CHECK(info->mailbox_length == 100);
    const pid dead = co_await spec::dead_process();
    co_await send_wait(dead, item{1});
    co_await send_wait(pid{}, item{1});
  });
}

TEST_CASE("send_wait returns when the full target dies") {
  spec::in_process([]() -> process {
    const pid p = spawn(spawn_options{.max_mailbox = 1}, spec::idle).process;
    send(p, item{1});
    auto [waiter, watch] = spawn_monitor([p]() -> process { co_await send_wait(p, item{2}); });
    co_await spec::until_waiting(waiter);
    exit(p, reason::kill);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::normal);
  });
}
