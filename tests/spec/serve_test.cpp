// serve: which handler takes what, what its return value does, what becomes of those who wait when it fails.
#include "store.hpp"

namespace {

using spec::get, spec::put, spec::store, spec::touch;

struct add {
  int n;
  using reply = int;
};
struct unknown {
  int n;
};
struct asks_in_vain {
  using reply = int;
};
struct poke {};

}  // namespace

TEST_CASE("a handler's value is the reply; a handler of a message that is no request replies nothing") {
  spec::in_process([]() -> process {
    const pid kv = spawn(store);
    send(kv, put{"a", 1});
    const auto a = co_await call(kv, get{"a"});
    CHECK(a == 1);
    const auto b = co_await call(kv, get{"b"});
    CHECK(b == std::nullopt);
    co_await call(kv, touch{});
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("handlers may be coroutines, and are awaited before the next message") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      int busy = 0, n = 0;
      co_await serve(
          [&](const add& m) -> task<int> {
            if (busy++ != 0)
              exit(exit_reason("two at once"));
            co_await sleep(1ms);
            --busy;
            n += m.n;  // m lives as long as its handler
            co_return n;
          },
          [&](poke) -> task<> {
            co_await sleep(1ms);
            n += 100;
          },
          [&](touch) -> task<> { co_await sleep(1ms); });
    });
    spawn([server]() -> process { (void)co_await call(server, add{5}); });
    send(server, poke{});
    (void)co_await call(server, add{1});
    co_await call(server, touch{});
    const int sum = co_await call(server, add{0});
    const bool expected = sum == 106 || sum == 101;
    CHECK(expected);
  });
}

TEST_CASE("C154 request<M>: replied to later, from elsewhere, once") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      std::vector<request<add>> waiting;
      co_await serve(
          [&](request<add> r) {
            waiting.push_back(std::move(r));
            send_after(5ms, self(), poke{});
          },
          [&](poke) {
            for (auto& r : waiting) {
              r.reply(r->n * 10);
              r.reply(0);
            }
            waiting.clear();
          },
          [](request<touch> r) { spawn([](request<touch> moved) { moved.reply(); }, std::move(r)); });
    });
    const int n = co_await call(server, add{4});
    CHECK(n == 40);
    co_await call(server, touch{});
    co_await sleep(2ms);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("a server replies to a request that was sent on to it") {
  spec::in_process([]() -> process {
    const pid back = spawn([]() -> process { co_await serve([](add m) { return m.n + 1; }); });
    const pid front = spawn([back]() -> process { co_await serve([back](request<add> r) { send(back, std::move(r)); }); });
    const int n = co_await call(front, add{1});
    CHECK(n == 2);
  });
}

TEST_CASE("C157 a message that no handler takes is reported once a type and destroyed; any_message takes all others") {
  spec::collected_reports reports;
  spec::in_run([]() -> process {
    const pid kv = spawn(store);
    for (int i = 0; i < 3; ++i)
      send(kv, unknown{i});
    send(kv, 1);
    const outcome<int> in_vain = co_await try_call(kv, asks_in_vain{}, 5ms);
    CHECK(in_vain.why() == reason::timeout);
    co_await call(kv, touch{});
    const auto info = co_await inspect(kv);
    CHECK(info->mailbox_length == 0);

    const pid any = spawn([]() -> process {
      int n = 0;
      co_await serve([&](any_message m) { n += m.get_if<unknown>() ? 1 : 10; }, [&](add) { return n; });
    });
    send(any, unknown{1});
    send(any, 'x');
    const int n = co_await call(any, add{0});
    CHECK(n == 11);
  });
  const auto all = reports.all();
  REQUIRE(all.size() == 3);
  CHECK(spec::contains(all[0].text, "serves no"));
  CHECK(spec::contains(all[0].text, "unknown"));
  CHECK(spec::contains(all[1].text, "int"));
  CHECK(spec::contains(all[2].text, "asks_in_vain"));
}

TEST_CASE("an unhandled request: the caller hears of the server's death") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      while (co_await spec::unread() == 0)  // the time begins when it has been asked
        co_await sleep(1ms);
      co_await serve(after(5ms, [] { return stop_serving(exit_reason("tired")); }));
    });
    const outcome<int> r = co_await try_call(server, asks_in_vain{}, infinity);
    CHECK(r.why() == exit_reason("tired"));
  });
}

TEST_CASE("guards: the next handler gets what a guard leaves") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      co_await serve(when([](const add& m) { return m.n > 10; }, [](add m) { return m.n * 2; }), [](add m) { return m.n; });
    });
    const int big = co_await call(server, add{11});
    const int small = co_await call(server, add{1});
    CHECK(big == 22);
    CHECK(small == 1);
  });
}

TEST_CASE("C159 a handler that throws ends the server with the exception; the caller has it") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    auto [server, watch] = spawn_monitor([]() -> process {
      co_await serve([](add m) -> int { throw std::runtime_error("can't add " + std::to_string(m.n)); },
                     [](touch) -> task<> {
                       co_await sleep(1ms);
                       throw std::runtime_error("late");
                     });
    });
    const outcome<int> r = co_await try_call(server, add{7});
    CHECK(r.why().what() == "can't add 7");
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == r.why());
  });
}

TEST_CASE("an exception of a handler can be caught around serve; the caller waits on, for a reply that only its death replaces") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      bool caught = false;
      try {
        co_await serve([](add) -> int { throw std::runtime_error("oops"); });
      } catch (const std::runtime_error&) {
        caught = true;  // terminate gets to know
      }
      co_await sleep(5ms);
      exit(exit_reason(caught ? "caught" : "not caught"));
    });
    const outcome<int> r = co_await try_call(server, add{7}, infinity);
    CHECK(r.why() == exit_reason("caught"));
  });
}

TEST_CASE("a server killed in the middle of a handler: the caller has the reason") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      co_await serve([](add) -> task<int> {
        spawn([](pid who) { exit(who, reason::kill); }, self());
        co_await sleep(infinity);
        co_return 1;
      });
    });
    const outcome<int> r = co_await try_call(server, add{7}, infinity);
    CHECK(r.why() == reason::killed);
  });
}
