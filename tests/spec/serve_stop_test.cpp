// How serving ends: stop_serving in all its forms, stop_server, and in which order things happen.
#include "spec/spec.hpp"

namespace {

struct leave {
  using reply = int;
};
struct finish {
  using reply = void;
};
struct either {
  bool stops;
  using reply = int;
};

// Serves with one handler, then says so, and waits a little before it is gone.
template <class Handler>
auto server_of(Handler handler, spec::shared_log log) {
  return [handler, log]() -> process {
    const exit_reason why = co_await serve(handler);
    co_await sleep(2ms);
    log.add("terminate " + to_string(why));
  };
}

}  // namespace

TEST_CASE("serve returns why, the code after it runs, then the process ends with that reason") {
  spec::in_process([]() -> process {
    spec::collected_reports reports;
    const spec::shared_log log;
    const auto end_with = [&](auto handler) -> task<exit_reason> {
      auto [server, watch] = spawn_monitor(server_of(handler, log));
      send(server, 1);
      co_return co_await spec::end_of(watch);
    };
    const exit_reason plain = co_await end_with([](int) { return stop_serving; });
    CHECK(plain == reason::normal);
    const exit_reason with = co_await end_with([](int) { return stop_serving(exit_reason("full")); });
    CHECK(with == exit_reason("full"));
    const exit_reason maybe = co_await end_with([](int n) -> served<> {
      if (n > 5)
        return keep_serving;
      return stop_serving(reason::shutdown);
    });
    CHECK(maybe == reason::shutdown);
    const exit_reason later = co_await end_with([](int) -> task<served<>> {
      co_await sleep(1ms);
      co_return stop_serving(reason::shutdown_with(1));
    });
    CHECK(later == reason::shutdown_with(1));
    CHECK(log.lines() ==
          std::vector<std::string>{"terminate :normal", "terminate \"full\"", "terminate :shutdown", "terminate {:shutdown, 1}"});
  });
}

TEST_CASE("the process may end otherwise after serve") {
  spec::in_process([]() -> process {
    auto [server, watch] = spawn_monitor([]() -> process {
      (void)co_await serve([](int) { return stop_serving(reason::shutdown); });
      exit(exit_reason("otherwise"));
    });
    spec::collected_reports reports;
    send(server, 1);
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == exit_reason("otherwise"));
  });
}

TEST_CASE("a reply given with stop_serving comes after the code behind serve, before exit signals and DOWN") {
  spec::in_process([]() -> process {
    spec::collected_reports reports;
    const spec::shared_log log;
    const auto check_order = [&](auto message, auto handler, exit_reason expected) -> task<> {
      trap_exits();
      const pid server = spawn_link(server_of(handler, log));
      register_name("spec stopping", server);
      const monitor_ref watch = monitor(server);
      const outcome<typename decltype(message)::reply> r = co_await try_call(server, message, infinity);
      CHECK(r);
      CHECK(log.lines().size() == 1);            // terminate has run
      CHECK(!whereis("spec stopping"));          // and the name is free for the next
      const std::size_t early = co_await spec::unread();
      (void)early;
      const down d = co_await receive<down>(watch);
      CHECK(d.why == expected);
      const exited e = co_await receive<exited>(server);
      CHECK(e.why == expected);
    };
    co_await check_order(leave{}, [](leave) { return stop_serving.reply(7); }, reason::normal);
  });
}

TEST_CASE("every form of stop_serving with a reply") {
  spec::in_process([]() -> process {
    spec::collected_reports reports;
    const auto stopped = [](auto message, auto handler) -> task<std::pair<outcome<int>, exit_reason>> {
      auto [server, watch] = spawn_monitor([handler]() -> process { (void)co_await serve(handler); });
      outcome<int> r = co_await try_call(server, message, infinity);
      exit_reason why = co_await spec::end_of(watch);
      co_return std::pair(std::move(r), std::move(why));
    };
    {
      const auto p = co_await stopped(leave{}, [](leave) { return stop_serving.reply(7); });
      CHECK(p.first.value_or(0) == 7);
      CHECK(p.second == reason::normal);
    }
    {
      const auto p = co_await stopped(leave{}, [](leave) { return stop_serving(exit_reason("full")).reply(8); });
      CHECK(p.first.value_or(0) == 8);
      CHECK(p.second == exit_reason("full"));
    }
    {
      const auto p = co_await stopped(either{true}, [](either m) -> served<either> {
        if (m.stops)
          return stop_serving(reason::shutdown).reply(9);
        return 1;
      });
      CHECK(p.first.value_or(0) == 9);
      CHECK(p.second == reason::shutdown);
    }
    {
      const auto p = co_await stopped(leave{}, [](leave) -> task<served<leave>> {
        co_await sleep(1ms);
        co_return stop_serving.reply(10);
      });
      CHECK(p.first.value_or(0) == 10);
    }
    {  // without a reply: the reason is the answer
      const auto p = co_await stopped(leave{}, [](leave) { return stop_serving(exit_reason("no words")); });
      CHECK(p.first.why() == exit_reason("no words"));
    }
    {
      const auto p = co_await stopped(either{false}, [n = 0](either m) mutable -> served<either> {
        if (!m.stops && ++n == 1)
          return stop_serving;
        return 1;
      });
      CHECK(p.first.why() == reason::normal);
    }
  });
}

TEST_CASE("a reply of nothing, with a stop") {
  spec::in_process([]() -> process {
    auto [server, watch] =
        spawn_monitor([]() -> process { co_await serve([](finish) { return stop_serving(reason::shutdown).reply(); }); });
    co_await call(server, finish{});
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::shutdown);
  });
}

TEST_CASE("a server killed after stop_serving.reply: the caller has the reason of its death, not the reply") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      co_await serve([](leave) { return stop_serving.reply(1); });
      spawn([](pid who) { exit(who, reason::kill); }, self());
      co_await sleep(infinity);
    });
    const outcome<int> r = co_await try_call(server, leave{}, infinity);
    CHECK(r.why() == reason::killed);
  });
}

TEST_CASE("a throw after stop_serving.reply does not take the reply back") {
  spec::collected_reports reports;
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process {
      co_await serve([](leave) { return stop_serving.reply(1); });
      throw std::runtime_error("in terminate");
    });
    const int n = co_await call(server, leave{}, infinity);
    CHECK(n == 1);
  });
}

TEST_CASE("C161 stop_server waits for the end; terminate is run") {
  spec::in_process([]() -> process {
    spec::collected_reports reports;
    const spec::shared_log log;
    const pid server = spawn(server_of([](int) {}, log));
    const outcome<> stopped = co_await stop_server(server);
    CHECK(stopped);
    CHECK(log.lines() == std::vector<std::string>{"terminate :normal"});
    const bool alive = co_await is_alive(server);
    CHECK(!alive);

    const pid other = spawn(server_of([](int) {}, log));
    register_name("spec other", other);
    const outcome<> with_reason = co_await stop_server("spec other", exit_reason("because"));
    CHECK(with_reason);
    CHECK(log.lines().back() == "terminate \"because\"");
  });
}

TEST_CASE("C161 stop_server: noproc, calling_self, another reason, timeout and dead later") {
  spec::in_process([]() -> process {
    spec::collected_reports reports;
    const pid dead = co_await spec::dead_process();
    const outcome<> none = co_await stop_server(dead);
    CHECK(none.why() == reason::noproc);
    const outcome<> unknown = co_await stop_server("spec nobody");
    CHECK(unknown.why() == reason::noproc);
    const outcome<> self_stop = co_await stop_server(self());
    CHECK(self_stop.why() == reason::calling_self);

    const pid stubborn = spawn([]() -> process {
      (void)co_await serve([](int) {});
      exit(exit_reason("otherwise"));
    });
    const outcome<> otherwise = co_await stop_server(stubborn);
    CHECK(otherwise.why() == exit_reason("otherwise"));

    auto [slow, watch] = spawn_monitor([]() -> process { (void)co_await serve([](int) -> task<> { co_await receive<char>(); }); });
    send(slow, 1);
    const outcome<> late = co_await stop_server(slow, reason::shutdown, 2ms);
    CHECK(late.why() == reason::timeout);
    const bool alive = co_await is_alive(slow);
    CHECK(alive);
    send(slow, 'x');
    const exit_reason why = co_await spec::end_of(watch);
    CHECK(why == reason::shutdown);
    const std::size_t left = co_await spec::unread();
    CHECK(left == 0);
  });
}

TEST_CASE("stop_server ends a suspended server, too") {
  spec::in_process([]() -> process {
    const pid server = spawn([]() -> process { co_await serve([](int) {}); });
    co_await suspend(server);
    const outcome<> stopped = co_await stop_server(server, reason::shutdown);
    CHECK(stopped);
  });
}
