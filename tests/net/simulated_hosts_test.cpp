// Hosts, links, partitions and crashes of the simulator's network, and the faults of single calls.
#include "simulated.hpp"

namespace {

using namespace net_sim;

// Says everything back, on a host of its own.
process echo_server(std::string name) {
  sim::host(std::move(name));
  net::listener door = *net::listen(net::address::any(80));
  while (auto c = co_await door.accept())
    spawn(
        [](net::connection mine) -> process {
          while (auto d = co_await mine.read())
            co_await mine.write(*d);
        },
        *std::move(c));
}

// A client's connection to it; the server is there by then.
task<net::connection> connect_to(std::string name) {
  sim::host("client");
  spawn(echo_server, name);
  co_await sleep(1ms);
  auto c = co_await net::connect(sim::address_of(name, 80));
  check(c.has_value(), "not connected");
  co_return *std::move(c);
}

task<bool> echoes(net::connection& c, std::string text, time_limit within) {
  co_await c.write(text);
  auto back = co_await c.read(text.size(), within);
  check(!back || *back == text, "another echo");
  co_return back.has_value();
}

template <class Program>
void for_seeds(std::size_t n, Program program) {
  for_each_seed(n, [&](auto seed) { simulate(seed, program); });
}

}  // namespace

TEST_CASE("hosts have addresses in the order in which they are mentioned, and ports of their own; loopback is the same host") {
  for_seeds(20, []() -> process {
    CHECK(sim::address_of("a", 1) == *net::address::parse("10.0.0.1:1"));
    CHECK(sim::address_of("b", 2) == *net::address::parse("10.0.0.2:2"));
    CHECK(sim::address_of("a", 3).host() == "10.0.0.1");
    for (const char* name : {"a", "b"})
      spawn(
          [](std::string mine) -> process {
            sim::host(mine);
            net::listener door = *net::listen(net::address::any(80));
            while (auto c = co_await door.accept())
              co_await c->write(mine + ", " + c->local().host());
          },
          name);
    co_await sleep(1s);
    for (const std::string name : {"a", "b"}) {
      net::connection c = *co_await net::connect(sim::address_of(name, 80));
      auto told = co_await c.read_until(name == "a" ? ".1" : ".2", 100, 1s);
      check(told && told->view().starts_with(name), "another host answered");
    }
    auto here = co_await net::connect(net::address::loopback(80));
    check(here.why() == io::error{ECONNREFUSED}, "nobody listens on this host");
    auto nowhere = co_await net::connect(*net::address::parse("192.0.2.1:80"));
    check(nowhere.why() == io::error{ENETUNREACH}, "there is no such host");
  });
}

TEST_CASE("what is sent between hosts takes as long as the link says") {
  for_each_seed(50, [](auto seed) {
    simulate(simulate_options{.seed = seed, .world = {.link = {.delay = {10ms, 30ms}}}}, []() -> process {
      net::connection c = co_await connect_to("server");
      const auto begin = now();
      const bool back = co_await echoes(c, "there and back", 1s);
      check(back, "no answer");
      const auto took = now() - begin;
      check(took >= 20ms && took <= 120ms, "too fast or too slow");
    });
    simulate(
        simulate_options{.seed = seed, .faults = {.split = 0}, .world = {.link = {.delay = {}, .bytes_per_second = 1'000'000}}},
        []() -> process {
          net::connection c = co_await connect_to("server");
          const auto begin = now();
          const bool back = co_await echoes(c, std::string(100'000, 'b'), 10s);
          check(back, "no answer");
          const auto took = now() - begin;  // a tenth of a second each way, which overlap in part
          check(took >= 100ms && took <= 250ms, "it is not what the link can carry");
        });
  });
}

TEST_CASE("N194 a partition holds what is sent, and after it is healed everything goes on") {
  for_seeds(100, []() -> process {
    net::connection c = co_await connect_to("server");
    bool back = co_await echoes(c, "before", 1s);
    check(back, "no answer before");
    sim::partition("client", "server");
    co_await c.write("during ");
    auto nothing = co_await c.read(5s);
    check(nothing.why() == reason::timeout, "something came through");
    sim::heal("client", "server");
    auto late = co_await c.read(7, 5s);
    check(late && *late == "during ", "what was sent is lost");
    back = co_await echoes(c, "after", 1s);
    check(back, "no answer after");
  });
}

TEST_CASE("N194 a partition that lasts longer than send_timeout: the connection has failed") {
  for_seeds(30, []() -> process {
    net::connection c = co_await connect_to("server");
    sim::partition("client", "server");
    const auto begin = now();
    bool accepted = true;
    while (accepted)
      accepted = co_await c.write(std::string(16 << 10, 'w'));
    check(c.failure() == reason::timeout, "it failed of something else");
    check(now() - begin >= 30s && now() - begin <= 2min, "too early or too late");
  });
}

TEST_CASE("N100 silence: a connect ends at its limit; without one the system gives up after two minutes") {
  for_seeds(20, []() -> process {
    sim::host("client");
    spawn(echo_server, "server");
    co_await sleep(1ms);
    sim::partition("client", "server");
    const auto begin = now();
    auto c = co_await net::connect(sim::address_of("server", 80), {.timeout = 2s});
    check(c.why() == reason::timeout, "it is no timeout");
    check(now() - begin == 2s, "too early or too late");
    auto patient = co_await net::connect(sim::address_of("server", 80), {.timeout = infinity});
    check(patient.why() == io::error{ETIMEDOUT}, "the system did not give up");
    sim::heal("client", "server");
    auto third = co_await net::connect(sim::address_of("server", 80));
    check(third.has_value(), "it is healed");
  });
}

TEST_CASE("N195 a crash: processes are gone with killed, peers see a reset or silence; the host is there again, empty") {
  std::size_t reset = 0, silent = 0;
  for_each_seed(100, [&](auto seed) {
    simulate(seed, [&]() -> process {
      sim::host("client");
      auto [server, watch] = spawn_monitor(echo_server, "server");
      co_await sleep(1ms);
      net::connection c = *co_await net::connect(sim::address_of("server", 80));
      const bool back = co_await echoes(c, "hello", 1s);
      check(back, "no answer");
      sim::crash("server");
      const down end = co_await receive<down>(watch);
      check(end.why == reason::killed, "it ended in another way");
      auto answer = co_await c.read(10s);
      if (!answer && answer.why() == reason::timeout)
        ++silent;
      else if (answer.why() == io::error{ECONNRESET})
        ++reset;
      else
        check(false, "neither reset nor silent");
      auto refused = co_await net::connect(sim::address_of("server", 80));
      check(refused.why() == io::error{ECONNREFUSED}, "its listener outlived it");
      spawn(echo_server, "server");
      co_await sleep(1ms);
      net::connection again = *co_await net::connect(sim::address_of("server", 80));
      const bool works = co_await echoes(again, "again", 1s);
      check(works, "the host is not there again");
    });
  });
  CHECK(reset > 0);
  CHECK(silent > 0);
}

TEST_CASE("out of descriptors: accept says EMFILE, the client waits, and is served when there is one again") {
  for_each_seed(50, [](auto seed) {
    simulate(simulate_options{.seed = seed, .world = {.descriptors = 6}}, []() -> process {
      net::listener door = *net::listen(net::address::loopback(80));
      spawn(
          [](net::listener l) -> process {
            for (std::size_t paused = 0;;) {
              auto c = co_await l.accept();
              if (!c) {
                check(c.why() == io::error{EMFILE}, "it failed of something else");
                check(++paused < 100, "no descriptor ever came back");
                co_await sleep(100ms);
                continue;
              }
              spawn(
                  [](net::connection mine) -> process {
                    co_await mine.write("served");
                    co_await sleep(1s);
                  },
                  *std::move(c));
            }
          },
          std::move(door));
      co_await yield();
      std::vector<net::connection> mine;
      for (int i = 0; i < 4; ++i) {
        auto c = co_await net::connect(net::address::loopback(80));
        if (c)
          mine.push_back(*std::move(c));
        else
          check(c.why() == io::error{EMFILE}, "it failed of something else");
      }
      check(!mine.empty(), "nobody connected");
      while (!mine.empty()) {
        auto greeting = co_await mine.back().read(6, 1min);
        check(greeting && *greeting == "served", "a client was not served");
        mine.pop_back();
      }
    });
  });
}

TEST_CASE("a full backlog lets clients wait, in order to ask again") {
  for_seeds(50, []() -> process {
    net::listener door = *net::listen(net::address::loopback(0), {.backlog = 1});
    const net::address at = door.local();
    for (int i = 0; i < 6; ++i)
      spawn(
          [](net::address to, pid tell) -> process {
            auto c = co_await net::connect(to, {.timeout = 1min});
            send(tell, c.has_value());
            co_await sleep(1h);
          },
          at, self());
    for (int i = 0; i < 6; ++i) {
      auto c = co_await door.accept(1min);
      check(c.has_value(), "a client gave up");
      co_await sleep(1s);
    }
    for (int i = 0; i < 6; ++i) {
      const bool connected = co_await receive<bool>();
      check(connected, "a client was turned away");
    }
  });
}

TEST_CASE("closing with unread input resets; closing without says the end, and what comes then is answered by a reset") {
  for_each_seed(50, [](auto seed) {
    simulate(undisturbed(seed), []() -> process {
      net::listener door = *net::listen(net::address::loopback(0));
      {
        net::connection a = *co_await net::connect(door.local());
        net::connection b = *co_await door.accept();
        co_await a.write("unread");
        (void)co_await a.flush();
        (void)co_await b.close();
        auto end = co_await a.read(5s);
        check(!end, "something was read");
      }
      net::connection a = *co_await net::connect(door.local());
      { net::connection b = *co_await door.accept(); }
      auto end = co_await a.read(5s);
      check(end.why() == io::ended, "it is not the end");
      bool accepted = true;
      for (int i = 0; i < 4 && accepted; ++i) {
        accepted = co_await a.write("into the void");
        auto sent = co_await a.flush();
        (void)sent;
        co_await sleep(1ms);
      }
      check(!accepted, "nobody was ever told");
    });
  });
}

TEST_CASE("every fault is counted by its kind, and demanded by its name") {
  const simulate_faults all{
      .split = 0.5, .short_write = 0.2, .refuse = 0.2, .reset = 0.05, .stall = 0.1, .accept_error = 0.2, .socket_error = 0.1};
  const simulation_counts some{
      .splits = 10, .short_writes = 10, .refusals = 10, .resets = 10, .stalls = 10, .accept_errors = 10, .socket_errors = 10};
  for_each_seed(200, some, [&](auto seed) {
    simulate(simulate_options{.seed = seed, .faults = all}, []() -> process {
      spawn([]() -> process {
        auto door = net::listen(net::address::loopback(80));
        while (!door)
          door = net::listen(net::address::loopback(80));
        for (;;) {
          auto c = co_await door->accept();
          if (!c)
            continue;
          spawn(
              [](net::connection mine) -> process {
                while (auto d = co_await mine.read())
                  co_await mine.write(*d);
              },
              *std::move(c));
        }
      });
      co_await sleep(1ms);
      for (int i = 0; i < 5; ++i) {
        auto c = co_await net::connect(net::address::loopback(80));
        if (!c)
          continue;
        co_await c->write("some text");
        auto back = co_await c->read(9, 3min);
        check(back || back.why() != reason::timeout, "it is neither there nor failed");
      }
    });
  });
  simulation_counts sum{.splits = 2, .resets = 1};
  CHECK(to_string(sum) == "2 splits, 1 resets");
}

TEST_CASE("exhaustive: of two writes in one connection every order of arrival is tried") {
  simulate_options options{.strategy = simulate_strategy::exhaustive, .bound = 2, .max_schedules = 20'000};
  options.faults.split = 0;
  std::size_t ends = 0;
  const simulation_info info = simulate(options, [&ends]() -> process {
    auto [a, b] = *net::connected_pair();
    spawn(
        [](net::connection c) -> process {
          co_await c.write("1");
          co_await yield();
          co_await c.write("2");
        },
        std::move(a));
    std::string all;
    while (auto piece = co_await b.read())
      all += piece->str();
    check(all == "12", "out of order");
    ++ends;
  });
  CHECK(info.complete);
  CHECK(ends == info.schedules);
  CHECK(ends > 1);
}

TEST_CASE("outside of a simulation the world has no hosts") {
  CHECK_THROWS_AS(sim::host("a"), std::logic_error);
  CHECK_THROWS_AS(sim::partition("a", "b"), std::logic_error);
  CHECK_THROWS_AS(sim::crash("a"), std::logic_error);
  const simulate_options wrong{.world = {.link = {.delay = {2ms, 1ms}}}};
  CHECK_THROWS_AS(simulate(wrong, [] {}), std::invalid_argument);
}
