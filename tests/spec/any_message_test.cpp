// any_message: chosen by a filter, and sent on as what it is.
#include "spec.hpp"

namespace {

struct item {
  int n = 0;
};
struct question {
  int n = 0;
  using reply = int;
};
struct move_only {
  std::unique_ptr<int> n;
};
struct alignas(64) wide {
  int n = 0;
};

// Each kind of message through `through`, which sends on to this process.
task<> check_all_arrive(pid through) {
  send(through, item{1});
  send(through, std::string("text"));
  send(through, move_only{std::make_unique<int>(3)});
  send(through, wide{4});
  send(through, 5);
  const auto one = co_await receive<item>(within(1s));
  REQUIRE(one);
  CHECK(one->n == 1);
  const auto two = co_await receive<std::string>(within(1s));
  CHECK(two == "text");
  const auto three = co_await receive<move_only>(within(1s));
  REQUIRE(three);
  CHECK(*three->n == 3);
  const auto four = co_await receive<wide>(within(1s));
  REQUIRE(four);
  CHECK(four->n == 4);
  CHECK(reinterpret_cast<std::uintptr_t>(&*four) % 64 == 0);
  const auto five = co_await receive<int>(within(1s));
  CHECK(five == 5);
}

template <class SendOn>
process proxy(SendOn send_on) {
  while (true)
    send_on(co_await receive<any_message>());
}

template <class SendOn>
task<> check_proxy(SendOn send_on) {
  const pid lasting = spawn([send_on] { return proxy(send_on); });
  co_await check_all_arrive(lasting);
  exit(lasting, reason::kill);
}

}  // namespace

TEST_CASE("receive<any_message> obeys its filter, and the limit beside it") {
  spec::in_process([]() -> process {
    const auto is_text = [](const any_message& m) { return m.get_if<std::string>() != nullptr; };
    send(self(), 7);
    send(self(), std::string("x"));
    const auto text = co_await receive<any_message>(is_text, within(0s));
    REQUIRE(text);
    CHECK(*text->get_if<std::string>() == "x");
    const auto none = co_await receive<any_message>(is_text, within(1ms));
    CHECK_FALSE(none);
    const auto late = co_await receive<any_message>(
        [first = true](const any_message&) mutable { return !std::exchange(first, false); }, within(1ms));
    CHECK_FALSE(late);  // the number was refused once, and nothing else came
    send_after(1ms, self(), std::string("late"));
    const any_message waited = co_await receive<any_message>(is_text);
    CHECK(*waited.get_if<std::string>() == "late");
    const int n = co_await receive<int>();
    CHECK(n == 7);
  });
}

TEST_CASE("a guard of a handler for any message decides, and sees requests, downs and exits") {
  spec::in_process([]() -> process {
    trap_exits();
    const pid child = spawn_link([] {});
    (void)monitor(child);
    co_await sleep(1ms);
    const auto takes_down = [] {
      return receive(when([](const any_message& m) { return m.get_if<down>() != nullptr; }, [](any_message) { return 1; }),
                     after(0s, [] { return 0; }));
    };
    const int found = co_await takes_down(), again = co_await takes_down();
    CHECK(found == 1);
    CHECK(again == 0);
    const exited e = co_await receive<exited>();
    CHECK(e.who == child);
    const pid server = spawn([]() -> process {
      co_await receive(
          when([](const any_message& m) { return m.get_if<question>() && m.get_if<question>()->n == 2; }, [](any_message) {}));
      co_await receive([](request<question> r) { r.reply(r->n * 10); });
    });
    const auto one = send_request(server, question{1});
    send(server, 3);
    const pid asks_two = spawn([server]() -> process { (void)co_await try_call(server, question{2}, 1s); });
    auto reply = std::move(const_cast<reply_ref<int>&>(one));
    const auto answer = co_await reply.await();
    REQUIRE(answer);
    CHECK(*answer == 10);
    exit(asks_two, reason::kill);
  });
}

TEST_CASE("any_message sent on arrives as the message it is, by every way of sending") {
  spec::in_process([]() -> process {
    const pid me = self();
    register_name("any_message_test", me);
    const ref address = alias();
    const monitor_ref watch = monitor(spawn(spec::idle), {.alias = alias_until::unaliased});
    co_await check_proxy([me](any_message m) { send(me, std::move(m)); });
    co_await check_proxy([](any_message m) { send("any_message_test", std::move(m)); });
    co_await check_proxy([address](any_message m) { send(address, std::move(m)); });
    co_await check_proxy([watch](any_message m) { send(watch, std::move(m)); });
    co_await check_proxy([me](any_message m) { cast(me, std::move(m)); });
    co_await check_proxy([](any_message m) { cast("any_message_test", std::move(m)); });
    co_await check_proxy([me](any_message m) { send_after(0s, me, std::move(m)); });
    co_await check_proxy([me](any_message m) { send_at(now(), me, std::move(m)); });
    const pid waits = spawn([me]() -> process {
      while (true) {
        any_message m = co_await receive<any_message>();
        co_await send_wait(me, std::move(m));
      }
    });
    co_await check_all_arrive(waits);
    auto keeper = *co_await agent<std::vector<any_message>>::start_link(std::vector<any_message>{});
    const pid through_agent = spawn([me, keeper]() mutable -> process {
      while (true) {
        any_message m = co_await receive<any_message>();
        keeper.cast([m = std::move(m)](std::vector<any_message>& kept) mutable { kept.push_back(std::move(m)); });
        keeper.cast([me](std::vector<any_message>& kept) { send(me, std::move(kept.back())), kept.pop_back(); });
      }
    });
    co_await check_all_arrive(through_agent);
    const pid serves = spawn([me]() -> process { co_await serve([me](any_message m) { send(me, std::move(m)); }); });
    co_await check_all_arrive(serves);
  });
}

TEST_CASE("start_timer with any_message wraps it, as any other message") {
  spec::in_process([]() -> process {
    send(self(), item{1});
    any_message m = co_await receive<any_message>();
    const timer_ref timer = start_timer(1ms, self(), std::move(m));
    auto fired = co_await receive<timer_fired<any_message>>(timer);
    REQUIRE(fired.message.get_if<item>());
    CHECK(fired.message.get_if<item>()->n == 1);
    send(self(), std::move(fired.message));
    const auto back = co_await receive<item>(within(0s));
    CHECK(back);
  });
}

TEST_CASE("a request sent on as any_message is replied to by whoever gets it, and its server's death is told") {
  spec::in_process([]() -> process {
    const pid backend = spawn([]() -> process { co_await serve([](question q) { return q.n * 2; }); });
    const pid front = spawn([backend]() -> process { co_await serve([backend](any_message m) { send(backend, std::move(m)); }); });
    for (int n = 0; n < 3; ++n) {
      const int doubled = co_await call(front, question{n});
      CHECK(doubled == 2 * n);
    }
    const pid plain = spawn([backend] { return proxy([backend](any_message m) { send(backend, std::move(m)); }); });
    const int through_plain = co_await call(plain, question{21});
    CHECK(through_plain == 42);

    const pid slow = spawn(spec::idle);
    const pid dies = spawn([slow]() -> process {
      send(slow, co_await receive<any_message>());
      exit(exit_reason("gone"));
    });
    const auto lost = co_await try_call(dies, question{1}, 1s);
    REQUIRE_FALSE(lost);
    CHECK(lost.why() == exit_reason("gone"));

    const pid to_itself = spawn([]() -> process {
      for (int i = 0; i < 3; ++i)
        send(self(), co_await receive<any_message>());
      const request<question> r = co_await receive<request<question>>();
      r.reply(r->n);
      co_await sleep(infinity);
    });
    const int back = co_await call(to_itself, question{5});
    CHECK(back == 5);
  });
}

TEST_CASE("down and exited are sent on as the values they are: no monitor, link or trap of the receiver's has to do with it") {
  spec::in_process([]() -> process {
    const pid me = self();
    auto [watcher, watch] = spawn_monitor([me]() -> process {
      trap_exits();
      const pid child = spawn_link([] { exit(exit_reason("why")); });
      (void)monitor(child);
      for (int i = 0; i < 2; ++i)
        send(me, co_await receive<any_message>());
    });
    const auto e = co_await receive<exited>(within(1s));
    const auto d = co_await receive<down>([watch](const down& it) { return it.monitor != watch; }, within(1s));
    REQUIRE(e);
    REQUIRE(d);
    CHECK(e->why == exit_reason("why"));
    CHECK(d->why == exit_reason("why"));
    (void)co_await receive<down>(watch);
  });
}

TEST_CASE("an any_message that was sent on is empty, and to send it again is refused") {
  spec::in_process([]() -> process {
    send(self(), 1);
    any_message m = co_await receive<any_message>();
    CHECK(m);
    send(self(), std::move(m));
    CHECK_FALSE(m);
    CHECK_THROWS_AS(send(self(), std::move(m)), std::invalid_argument);
    const int n = co_await receive<int>();
    CHECK(n == 1);
  });
}
