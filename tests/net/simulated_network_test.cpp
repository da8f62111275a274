// The simulator's network: what seeds find, what they leave alone, and that one seed is one run.
#include "simulated.hpp"

namespace {

using namespace net_sim;

// Answers each line with itself, until the client ends.
process echo_lines(net::connection c) {
  c.frame(net::lines{});
  while (auto line = co_await c.read())
    co_await c.write(*line + "\n");
}

process serve_echo(net::listener door) {
  while (auto c = co_await door.accept())
    spawn(echo_lines, *std::move(c));
}

// Three clients, each with ten lines of all lengths.
process clients_of_an_echo() {
  net::listener door = *net::listen(net::address::loopback(0));
  const net::address at = door.local();
  pid server = spawn(serve_echo, std::move(door));
  for (int client = 0; client < 3; ++client)
    spawn(
        [](net::address to, int number, pid tell) -> process {
          net::connection c = *co_await net::connect(to);
          c.frame(net::lines{});
          for (std::size_t i = 0; i < 10; ++i) {
            const std::string line(i * i * 37, static_cast<char>('a' + number));
            co_await c.write(line + "\n");
            auto back = co_await c.read(1min);
            check(back && *back == line, "the echo is not what was sent");
          }
          send(tell, number);
        },
        at, client, self());
  int sum = 0;
  for (int i = 0; i < 3; ++i)
    sum += co_await receive<int>();
  check(sum == 3, "not every client was served");
  exit(server, reason::kill);
}

}  // namespace

TEST_CASE("an echo holds under every seed, whatever is cut where") {
  for_each_seed(200, simulation_counts{.splits = 1000, .short_writes = 100},
                [](auto seed) { simulate(simulate_options{.seed = seed, .faults = {.short_write = 0.2}}, clients_of_an_echo); });
}

TEST_CASE("N190 one seed is one run, with every kind of fault and three hosts") {
  const auto run_once = [](std::uint64_t seed) {
    simulate_faults faults{.split = 0.5, .short_write = 0.2, .refuse = 0.1, .reset = 0.02, .stall = 0.05, .accept_error = 0.1};
    return simulate(simulate_options{.seed = seed, .faults = faults}, []() -> process {
      for (const char* name : {"first", "second", "third"})
        spawn(
            [](std::string here) -> process {
              sim::host(here);
              net::listener door = *net::listen(net::address::any(80));
              while (auto c = co_await door.accept(2min))
                spawn(echo_lines, *std::move(c));
            },
            name);
      co_await sleep(1s);
      for (int i = 0; i < 6; ++i) {
        auto c = co_await net::connect(sim::address_of(i % 2 ? "first" : "third", 80), {.timeout = 10s});
        if (!c)
          continue;
        c->frame(net::lines{});
        co_await c->write(std::string(2000, 'x') + "\n");
        if (i == 3)
          sim::partition("first", "second");
        if (i == 4)
          sim::crash("third");
        auto back = co_await c->read(20s);
        (void)back;
      }
    });
  };
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const simulation_info once = run_once(seed), again = run_once(seed);
    CHECK(once.trace_hash == again.trace_hash);
    CHECK(once.injected == again.injected);
    CHECK(once.virtual_time == again.virtual_time);
    CHECK(std::find(hashes.begin(), hashes.end(), once.trace_hash) == hashes.end());
    hashes.push_back(once.trace_hash);
  }
}

TEST_CASE("N198 without faults bytes arrive as written, at once, in order") {
  for_each_seed(50, [](auto seed) {
    const simulation_info info = simulate(undisturbed(seed), []() -> process {
      net::listener door = *net::listen(net::address::loopback(0));
      net::connection a = *co_await net::connect(door.local());
      net::connection b = *co_await door.accept();
      for (int i = 0; i < 20; ++i) {
        const std::string text(static_cast<std::size_t>(i) * 97 + 1, 'y');
        co_await a.write(text);
        (void)co_await a.flush();
        auto got = co_await b.read(0s);  // it is there
        check(got && *got == text, "it came in pieces, or late");
      }
    });
    CHECK(info.injected.splits == 0);
    CHECK(info.virtual_time == 0ns);
  });
}

TEST_CASE("N193 planted: a read is taken for a whole message") {
  const auto program = []() -> process {
    auto [a, b] = *net::connected_pair();
    spawn(
        [](net::connection c) -> process {
          co_await c.write("transfer 100 coins\n");
          (void)co_await c.read();
        },
        std::move(a));
    auto message = co_await b.read(1min);
    check(message && *message == "transfer 100 coins\n", "half a message was understood");
  };
  CHECK(finds(program));
}

TEST_CASE("N193 planted: what was written is thought to be there when the writer resets; closing delivers it") {
  const auto program = [](bool closes) {
    return [closes]() -> process {
      net::listener door = *net::listen(net::address::loopback(0));
      spawn(
          [](net::address to, bool orderly) -> process {
            net::connection c = *co_await net::connect(to);
            co_await c.write("balance = 100\n");
            (void)co_await c.flush();
            if (orderly)
              (void)co_await c.close();
            else
              c.abort();
          },
          door.local(), closes);
      net::connection c = *co_await door.accept();
      co_await sleep(1ms);
      auto text = co_await c.read_until("\n", 100, 1min);
      check(text && *text == "balance = 100\n", "the update is lost");
    };
  };
  CHECK(finds(program(false)));
  CHECK(!finds(program(true)));
}

TEST_CASE("N193 planted: the answer that came too late is taken for the next one's") {
  const auto program = []() -> process {
    sim::host("client");
    spawn([]() -> process {
      sim::host("server");
      net::listener door = *net::listen(net::address::any(80));
      net::connection c = *co_await door.accept();
      c.frame(net::lines{});
      while (auto question = co_await c.read())
        co_await c.write("answer to " + question->str() + "\n");
    });
    co_await sleep(10ms);
    net::connection c = *co_await net::connect(sim::address_of("server", 80));
    c.frame(net::lines{});
    for (const std::string question : {"one", "two"}) {
      co_await c.write(question + "\n");
      auto answer = co_await c.read(3ms);
      check(!answer || *answer == "answer to " + question, "the answer to another question");
    }
  };
  CHECK(finds(program));
}

TEST_CASE("N193 planted: a half-close is missed") {
  const auto program = []() -> process {
    auto [a, b] = *net::connected_pair();
    spawn(
        [](net::connection c) -> process {
          co_await c.write("all there is");
          c.finish();
          (void)co_await c.read();
        },
        std::move(a));
    std::string all;
    while (all.size() < 12) {
      auto piece = co_await b.read(1min);
      check(piece.has_value(), "it ended before");
      all += piece->str();
    }
    auto more = co_await b.read(0s);
    check(more.why() != io::ended, "nobody thought of the end");  // it comes right behind, or later
  };
  CHECK(finds(program));
}

TEST_CASE("N193 planted: an accept loop that dies of ECONNABORTED; one that does not serves everybody") {
  const auto program = [](bool careful) {
    return [careful]() -> process {
      net::listener door = *net::listen(net::address::loopback(0));
      const net::address at = door.local();
      pid server = spawn(
          [](net::listener l, bool goes_on) -> process {
            for (;;) {
              auto c = co_await l.accept();
              if (c)
                spawn(echo_lines, *std::move(c));
              else if (goes_on)
                co_await sleep(100ms);
              else
                co_return;
            }
          },
          std::move(door), careful);
      for (int i = 0; i < 10; ++i) {
        auto c = co_await net::connect(at);
        if (!c && c.why() == io::error{ECONNRESET})
          continue;  // it was aborted: the client's next try is another connection
        check(c.has_value(), "nobody listens any more");
        c->frame(net::lines{});
        co_await c->write("hello\n");
        auto back = co_await c->read(10s);
        if (!back && (back.why() == io::error{ECONNRESET} || back.why() == io::ended))
          continue;  // it was aborted, too: a write that failed may have been told before
        check(back && *back == "hello", "nobody answers");
      }
      exit(server, reason::kill);
    };
  };
  const simulate_faults faults{.accept_error = 0.2};
  CHECK(finds(program(false), faults));
  CHECK(!finds(program(true), faults));
}

TEST_CASE("N192 connect and listen of two processes come in each order: refused if nobody listens at that moment") {
  std::size_t refused = 0, connected = 0;
  for_each_seed(100, [&](auto seed) {
    simulate(seed, [&]() -> process {
      const net::address at = net::address::loopback(4711);
      spawn(
          [](net::address here) -> process {
            net::listener door = *net::listen(here);
            auto c = co_await door.accept(1s);
          },
          at);
      co_await yield();
      auto c = co_await net::connect(at);
      if (!c)
        check(c.why() == io::error{ECONNREFUSED}, "it failed in another way");
      ++(c ? connected : refused);
    });
  });
  CHECK(refused > 0);
  CHECK(connected > 0);
}

TEST_CASE("N082 a listener that stops under way: each client is served, refused or reset, and none waits for ever") {
  std::size_t served = 0, turned_away = 0;
  for_each_seed(200, [&](auto seed) {
    simulate(seed, [&]() -> process {
      net::listener door = *net::listen(net::address::loopback(0));
      const net::address at = door.local();
      pid server = spawn(serve_echo, door.share());
      for (int i = 0; i < 5; ++i)
        spawn(
            [](net::address to, pid tell) -> process {
              auto c = co_await net::connect(to);
              if (!c)
                co_return send(tell, c.why());
              co_await c->write("x\n");
              auto back = co_await c->read(2, 1min);
              send(tell, back ? exit_reason(reason::normal) : back.why());
            },
            at, self());
      co_await yield();
      door.stop();
      co_await receive<down>(monitor(server));
      for (int i = 0; i < 5; ++i) {
        auto why = co_await receive<exit_reason>();
        check(why != reason::timeout, "a client is held silently");
        ++(why == reason::normal ? served : turned_away);
      }
    });
  });
  CHECK(turned_away > 0);
  CHECK(served > 0);
}

TEST_CASE("a process that is killed anywhere closes its connections, and whoever talks to it sees the end") {
  for_each_seed(300, simulation_counts{.kills = 300}, [](auto seed) {
    simulate_faults faults{.kill = 0.05, .kill_if = [](const process_info& p) { return p.label == "worker"; }};
    simulate(simulate_options{.seed = seed, .faults = faults}, []() -> process {
      net::listener door = *net::listen(net::address::loopback(0));
      const net::address at = door.local();
      spawn(
          [](net::listener l) -> process {
            while (auto c = co_await l.accept())
              spawn(
                  [](net::connection mine) -> process {
                    set_label("worker");
                    while (auto d = co_await mine.read())
                      co_await mine.write(*d);
                  },
                  *std::move(c));
          },
          std::move(door));
      for (int i = 0; i < 10; ++i) {
        net::connection c = *co_await net::connect(at);
        for (int n = 0; n < 3; ++n) {
          co_await c.write("question");
          auto answer = co_await c.read(8, 1h);
          if (!answer) {
            const bool told =
                answer.why() == io::ended || answer.why() == io::error{ECONNRESET} || answer.why() == io::error{EPIPE};
            check(told, "the client was told nothing");
            break;
          }
          check(*answer == "question", "another answer");
        }
      }
    });
  });
}

TEST_CASE("what was forgotten is a failure: a handle that outlives all processes") {
  std::optional<net::connection> kept;
  std::string said;
  try {
    simulate(quiet(1), [&]() -> process {
      auto [a, b] = *net::connected_pair();
      kept = std::move(a);
      co_return;
    });
  } catch (const simulation_failed& e) {
    said = e.what();
  }
  INFO(said);
  CHECK(said.find("still open") != std::string::npos);
  CHECK(said.find("unix") != std::string::npos);
  kept.reset();  // closes nothing of this program
}

TEST_CASE("N197 the picture of a deadlock names the waits for sockets") {
  std::string said;
  try {
    simulate(quiet(1), []() -> process {
      net::listener door = *net::listen(net::address::loopback(80));
      net::connection a = *co_await net::connect(door.local());
      net::connection b = *co_await door.accept();
      (void)co_await a.read();
    });
  } catch (const simulation_failed& e) {
    said = e.what();
  }
  INFO(said);
  CHECK(said.find("-> 127.0.0.1:80") != std::string::npos);
  CHECK(said.find("readable") != std::string::npos);
  CHECK(said.find("peer open") != std::string::npos);
}

TEST_CASE("N196 time jumps over idle connections") {
  const simulation_info info = simulate(simulate_options{}, []() -> process {
    auto [a, b] = *net::connected_pair();
    auto nothing = co_await b.read(10h);
    check(nothing.why() == reason::timeout, "it is not silent");
    co_await a.write("x");
    auto something = co_await b.read(10h);
    check(something.has_value(), "nothing came");
  });
  CHECK(info.virtual_time == 10h);
}

TEST_CASE("N191 a simulated network makes no system call") {
  const pid_t child = fork();
  if (child == 0)
    _exit(forbid_sockets() ? without_sockets(clients_of_an_echo) : 3);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
