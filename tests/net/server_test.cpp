// Servers of connections: who is served, who waits, and how they end.
#include "net.hpp"

namespace {

process echo(net::connection c) {
  while (auto piece = co_await c.read_next(30s))
    co_await c.write(*piece);
}

task<net::address> started(pid server) { co_return *co_await net::server_address(server); }

process serving(net::server_options o) { co_await net::serve_connections(std::move(o), echo); }

task<std::string> ask(net::address at, std::string text) {
  auto c = co_await net::connect(at);
  if (!c)
    co_return to_string(c.why());
  co_await c->write(text);
  auto answer = co_await c->read(text.size(), 5s);
  co_return answer ? answer->str() : to_string(answer.why());
}

}  // namespace

TEST_CASE("N089 a server has started when it listens: a connect succeeds at once; a port in use is why the start failed") {
  net_spec::in_process([]() -> process {
    auto server = co_await start_link(serving, net::server_options{.at = net::address::loopback(0)});
    REQUIRE(server);
    const net::address at = co_await started(*server);
    const std::string answer = co_await ask(at, "hello");
    CHECK(answer == "hello");
    trap_exits();
    auto second = co_await start_link(serving, net::server_options{.at = at});
    REQUIRE(!second);
    CHECK(second.why() == io::error{EADDRINUSE});
    const auto info = co_await net::inspect_server(*server);
    CHECK(info->accepted == 1);
    auto stopped = co_await stop_server(*server);
    (void)stopped;
  });
}

TEST_CASE("N085 a handler that throws loses its connection; the others and the server live") {
  net_spec::in_process([]() -> process {
    const auto old = set_report_sink([](const crash_report&) {});
    auto body = [](net::server_options o) -> process {
      co_await net::serve_connections(o, [](net::connection c) -> process {
        auto word = co_await c.read(5s);
        if (*word == "throw")
          throw std::runtime_error("as it was told");
        co_await c.write(*word);
      });
    };
    auto server = co_await start_link(body, net::server_options{.at = net::address::loopback(0)});
    const net::address at = co_await started(*server);
    net::connection other = *co_await net::connect(at);
    auto bad = co_await ask(at, "throw");
    CHECK(bad == ":closed");
    co_await other.write("fine");
    auto good = co_await other.read(4, 5s);
    CHECK(*good == "fine");
    auto stopped = co_await stop_server(*server);
    (void)stopped;
    flush_reports();
    set_report_sink(old);
  });
}

TEST_CASE("N087 above max_connections a client waits, and is served when another ends") {
  net_spec::in_process([]() -> process {
    auto server = co_await start_link(serving, net::server_options{.at = net::address::loopback(0), .max_connections = 2});
    const net::address at = co_await started(*server);
    net::connection first = *co_await net::connect(at), second = *co_await net::connect(at), third = *co_await net::connect(at);
    for (net::connection* c : {&first, &second}) {
      co_await c->write("x");
      auto echoed = co_await c->read(1, 5s);
      CHECK(echoed);
    }
    co_await third.write("z");
    auto early = co_await third.read(1, 30ms);
    CHECK(early.why() == reason::timeout);
    auto ended = co_await first.close();
    (void)ended;
    auto served = co_await third.read(1, 5s);
    REQUIRE(served);
    CHECK(*served == "z");
    const auto info = co_await net::inspect_server(*server);
    CHECK(info->most == 2);
    auto stopped = co_await stop_server(*server);
    (void)stopped;
  });
}

TEST_CASE("N090 draining: nobody connects any more, idle ones end at once, an answer under way arrives whole") {
  net_spec::in_process([]() -> process {
    auto slow = [](net::server_options o) -> process {
      co_await net::serve_connections(o, [](net::connection c) -> process {
        while (auto request = co_await c.read_next(30s)) {
          co_await sleep(50ms);
          co_await c.write(std::string(300'000, 'a'));
        }
      });
    };
    auto server = co_await start_link(slow, net::server_options{.at = net::address::loopback(0)});
    const net::address at = co_await started(*server);
    net::connection idle = *co_await net::connect(at), busy = *co_await net::connect(at);
    co_await busy.write("question");
    (void)co_await busy.flush();
    co_await sleep(10ms);
    unlink(*server);
    monitor_ref end = monitor(*server);
    net::drain_server(*server);
    auto at_once = co_await idle.read(30ms);
    CHECK(at_once.why() == io::ended);
    auto late = co_await net::connect(at);
    CHECK(late.why() == io::error{ECONNREFUSED});
    auto whole = co_await busy.read(300'000, 5s);
    CHECK(whole);
    auto closed = co_await busy.read(5s);
    CHECK(closed.why() == io::ended);
    auto down_now = co_await receive<down>(end, within(5s));
    REQUIRE(down_now);
    CHECK(down_now->why == reason::shutdown);
  });
}

TEST_CASE("N090 who does not end is ended: after drain by exit shutdown, after shutdown by kill") {
  net_spec::in_process([]() -> process {
    auto stubborn = [](net::server_options o) -> process {
      co_await net::serve_connections(o, [](net::connection c) -> process {
        trap_exits();
        for (;;)
          co_await sleep(1h);
      });
    };
    auto server =
        co_await start_link(stubborn, net::server_options{.at = net::address::loopback(0), .drain = 20ms, .shutdown = 20ms});
    const net::address at = co_await started(*server);
    net::connection c = *co_await net::connect(at);
    co_await sleep(5ms);
    unlink(*server);
    monitor_ref end = monitor(*server);
    net::drain_server(*server);
    auto gone = co_await receive<down>(end, within(5s));
    CHECK(gone);
    auto closed = co_await c.read(5s);
    CHECK(!closed);
  });
}

TEST_CASE("N093 a server that is restarted by its supervisor binds the same port at once") {
  net_spec::in_process([]() -> process {
    net::address at;
    {
      net::listener probe = *net::listen(net::address::loopback(0));
      at = probe.local();
    }
    pid top = spawn_link(
        [](net::address where) -> process {
          co_await supervise(one_for_one, net::server({.at = where, .drain = 100ms, .name = "net test server"}, echo));
        },
        at);
    for (int round = 0; round < 3; ++round) {
      std::string answer;
      for (int tries = 0; tries < 200 && answer != "hello"; ++tries) {
        answer = co_await ask(at, "hello");
        if (answer != "hello")
          co_await sleep(5ms);
      }
      CHECK(answer == "hello");
      if (auto server = whereis("net test server"); server && round < 2)
        exit(*server, reason::kill);
    }
    trap_exits();
    exit(top, reason::shutdown);
    co_await receive<exited>(within(5s));
  });
}
