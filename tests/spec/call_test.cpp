// call, try_call, cast: what a caller gets, and when.
#include "spec/cpu_clock.hpp"
#include "spec/spec.hpp"

namespace {

struct square {
  int n;
  using reply = int;
};
struct keep_quiet {
  using reply = int;
};
struct crash {
  using reply = int;
};
struct touch {
  using reply = void;
};

// Serves by hand: what serve does is another file's subject.
process squares() {
  std::vector<request<keep_quiet>> kept;
  while (true)
    co_await receive([](request<square> r) { r.reply(r->n * r->n); }, [](request<touch> r) { r.reply(); },
                     [&](request<keep_quiet> r) { kept.push_back(std::move(r)); },
                     [](request<crash>) { throw std::runtime_error("crashed while serving"); });
}

template <class Run>
task<std::optional<exit_reason>> exit_of(Run run) {
  try {
    co_await run();
  } catch (const exiting& e) {
    co_return e.why();
  }
  co_return std::nullopt;
}

}  // namespace

TEST_CASE("call returns the reply") {
  spec::in_process([]() -> process {
    const pid server = spawn(squares);
    const int direct = co_await call(server, square{7});
    CHECK(direct == 49);
    const outcome<int> tried = co_await try_call(server, square{8});
    REQUIRE(tried);
    CHECK(*tried == 64);
    co_await call(server, touch{});
    const outcome<> touched = co_await try_call(server, touch{}, infinity);
    CHECK(touched);
    register_name("spec squares", server);
    const int by_name = co_await call("spec squares", square{9});
    CHECK(by_name == 81);
  });
}

TEST_CASE("C150 call to the dead, to nobody and to an unknown name: noproc; to oneself: calling_self") {
  spec::in_process([]() -> process {
    const pid dead = co_await spec::dead_process();
    for (const pid nobody : {dead, pid{}}) {
      const auto why = co_await exit_of([nobody] { return call(nobody, square{1}); });
      CHECK(why == reason::noproc);
      const outcome<int> tried = co_await try_call(nobody, square{1});
      CHECK(tried.why() == reason::noproc);
    }
    const auto unknown = co_await exit_of([] { return call("spec nobody", square{1}); });
    CHECK(unknown == reason::noproc);
    const outcome<int> tried_unknown = co_await try_call("spec nobody", square{1});
    CHECK(tried_unknown.why() == reason::noproc);

    const auto myself = co_await exit_of([] { return call(self(), square{1}); });
    CHECK(myself == reason::calling_self);
    register_name("spec self", self());
    const outcome<int> by_name = co_await try_call("spec self", square{1});
    CHECK(by_name.why() == reason::calling_self);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("an uncaught failed call ends the caller with the reason") {
  spec::in_process([]() -> process {
    auto [caller, watch] = spawn_monitor([](pid server) -> process { co_await call(server, keep_quiet{}, 10ms); }, spawn(squares));
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::timeout);
  });
}

// Calls a server of its own kind and gives the reason of the failure.
template <class M, class Serve>
void failing_call(M message, Serve serve, std::vector<exit_reason> expected) {
  spec::collected_reports reports;
  spec::in_process([=]() -> process {
    const pid server = spawn(serve);
    const outcome<int> r = co_await try_call(server, message, infinity);
    CHECK(std::find(expected.begin(), expected.end(), r.why()) != expected.end());
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("C152 a server that dies during the call: the caller has its reason at once") {
  SECTION("by a crash in the handler") {
    spec::collected_reports reports;
    spec::in_process([]() -> process {
      const outcome<int> r = co_await try_call(spawn(squares), crash{}, infinity);
      CHECK(r.why().what() == "crashed while serving");
    });
  }
  SECTION("killed while it holds the request") {
    failing_call(keep_quiet{},
                 []() -> process {
                   auto kept = co_await receive<request<keep_quiet>>();
                   spawn([](pid who) { exit(who, reason::kill); }, self());
                   co_await sleep(infinity);
                 },
                 {reason::killed});
  }
  SECTION("with the request unread in its queue") {
    failing_call(square{1},
                 []() -> process {
                   while (co_await spec::unread() == 0)  // then it is in its queue
                     co_await sleep(1ms);
                   exit(exit_reason("no time"));
                 },
                 {exit_reason("no time")});
  }
  SECTION("after it destroyed the request unanswered") {
    failing_call(square{1},
                 []() -> process {
                   co_await receive([](request<square>) {});
                   co_await sleep(5ms);
                   exit(exit_reason("forgot"));
                 },
                 {exit_reason("forgot")});
  }
  SECTION("having taken the request as any_message") {
    failing_call(square{1},
                 []() -> process {
                   any_message m = co_await receive<any_message>();
                   const square* seen = m.get_if<square>();
                   exit(exit_reason(seen && seen->n == 1 && !m.get_if<int>() ? "seen" : "not seen"));
                 },
                 {exit_reason("seen")});
  }
  SECTION("when its mailbox had no room for the request") {
    spec::in_process([]() -> process {
      const spawned server = spawn(spawn_options{.max_mailbox = 1, .on_overflow = overflow::drop_newest}, []() -> process {
        while ((co_await inspect(self()))->dropped == 0)  // until the request was
          co_await sleep(1ms);
        exit(exit_reason("full"));
      });
      send(server.process, 1);
      const outcome<int> r = co_await try_call(server.process, square{1}, infinity);
      CHECK(r.why() == exit_reason("full"));
    });
  }
  SECTION("the instant it takes the request") {
    failing_call(square{1},
                 []() -> process {
                   spawn([](pid who) { exit(who, exit_reason("shot")); }, self());
                   co_await receive([](request<square>) {});
                 },
                 {reason::normal, exit_reason("shot"), reason::noproc});
  }
}

TEST_CASE("a late reply never reaches the mailbox, nor the next call") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      while (true) {
        request<square> r = co_await receive<request<square>>();
        if (r->n == 1)
          co_await receive<std::string>();
        r.reply(r->n);
      }
    });
    const outcome<int> first = co_await try_call(server, square{1}, 5ms);
    CHECK(first.why() == reason::timeout);
    send(server, "now");
    const int second = co_await call(server, square{2});  // replied to after the first
    CHECK(second == 2);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("C154 a reply may come from another process; the second one is ignored") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      const pid helper = spawn([]() -> process {
        request<square> r = co_await receive<request<square>>();
        co_await sleep(3ms);
        r.reply(r->n + 1);
        r.reply(r->n + 2);
      });
      co_await receive([&](request<square> r) { send(helper, std::move(r)); });
      co_await sleep(infinity);
    });
    const int n = co_await call(server, square{10});
    CHECK(n == 11);
    co_await sleep(5ms);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("the server's death is told though another process has the request; the other's is not") {
  spec::in_process([]() -> process {
    const auto forward_then = [](exit_reason own, exit_reason helpers) {
      return spawn([own, helpers]() -> process {
        const pid helper = spawn([helpers]() -> process {
          auto r = co_await receive<request<square>>();
          co_await sleep(3ms);
          if (helpers != reason::normal)
            brood::exit(helpers);
          co_await sleep(infinity);
        });
        co_await receive([&](request<square> r) { send(helper, std::move(r)); });
        co_await sleep(6ms);
        if (own != reason::normal)
          brood::exit(own);
        co_await sleep(infinity);
      });
    };
    const outcome<int> dead_server = co_await try_call(forward_then(exit_reason("server"), exit_reason("helper")), square{1}, 10s);
    CHECK(dead_server.why() == exit_reason("server"));
    const outcome<int> dead_helper = co_await try_call(forward_then(reason::normal, exit_reason("helper")), square{1}, 20ms);
    CHECK(dead_helper.why() == reason::timeout);
  });
}

TEST_CASE("a guard looks at a request and leaves it in the queue") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      co_await receive(when([](const request<square>& r) { return r->n > 5; }, [](request<square> r) { r.reply(100); }));
      request<square> small = co_await receive<request<square>>([](const request<square>& r) { return r->n < 5; });
      small.reply(small->n);
      co_await sleep(infinity);
    });
    spawn([](pid to) -> process { (void)co_await try_call(to, square{2}); }, server);
    co_await sleep(1ms);
    const int n = co_await call(server, square{6});
    CHECK(n == 100);
  });
}

TEST_CASE("a negative limit: std::invalid_argument, and nothing is sent; a limit of zero: timeout") {
  spec::in_process([]() -> process {
    const pid server = spawn(squares);
    bool refused = false;
    try {
      co_await call(server, square{1}, -1ms);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    CHECK(refused);
    const outcome<int> none = co_await try_call(server, keep_quiet{}, 0ms);
    CHECK(none.why() == reason::timeout);
  });
}

TEST_CASE("C162 cast never fails, and is in order with call") {
  spec::in_process([]() -> process {
    cast("spec nobody", 1);
    cast(pid{}, 1);
    const pid server = spawn([]() -> process {
      int sum = 0;
      while (true)
        co_await receive([&](int n) { sum = sum * 10 + n; }, [&](request<touch> r) { r.reply(); },
                         [&](request<square> r) { r.reply(sum); });
    });
    for (int n = 1; n <= 5; ++n)
      cast(server, n);
    const int sum = co_await call(server, square{0});
    CHECK(sum == 12345);
  });
}

TEST_CASE("call costs the same with a million unread messages") {
  spec::in_run([]() -> process {
    const pid server = spawn(squares);
    const auto time_of_calls = [&]() -> task<spec::cpu_clock::duration> {
      const auto begin = spec::cpu_clock::now();
      for (int i = 0; i < 2000; ++i)
        (void)co_await call(server, square{i});
      co_return spec::cpu_clock::now() - begin;
    };
    (void)co_await time_of_calls();
    const auto empty = co_await time_of_calls();
    for (int i = 0; i < spec::sized(1'000'000, 50'000); ++i)
      send(self(), 'x');
    (void)co_await time_of_calls();
    const auto full = co_await time_of_calls();
    CHECK(full < empty * 20 + 20ms);  // a scan a call would cost a thousand times as much
  });
}
