// Listening, accepting, connecting.
#include "net.hpp"

TEST_CASE("N080 a port in use is EADDRINUSE; port 0: local() says which") {
  net_spec::in_process([]() -> process {
    net::listener first = *net::listen(net::address::loopback(0));
    CHECK(first.local().port() != 0);
    auto second = net::listen(first.local());
    REQUIRE(!second);
    CHECK(second.why() == io::error{EADDRINUSE});
    co_return;
  });
}

TEST_CASE("N081 many processes accept on one listener: each connection goes to one; killed acceptors take none along") {
  net_spec::in_process([]() -> process {
    net::listener door = *net::listen(net::address::loopback(0));
    const net::address at = door.local();
    std::vector<pid> acceptors;
    for (int i = 0; i < 8; ++i)
      acceptors.push_back(spawn_link(
          [](net::listener l, pid tell) -> process {
            while (auto c = co_await l.accept()) {
              co_await c->write("hello");
              send(tell, 1);
            }
          },
          door.share(), self()));
    for (int i = 0; i < 4; ++i) {
      unlink(acceptors[static_cast<std::size_t>(i)]);
      exit(acceptors[static_cast<std::size_t>(i)], reason::kill);
    }
    for (int i = 0; i < 50; ++i) {
      auto c = co_await net::connect(at);
      REQUIRE(c);
      auto greeting = co_await c->read(5, 5s);
      REQUIRE(greeting);
      CHECK(*greeting == "hello");
    }
    for (int i = 0; i < 50; ++i)
      co_await receive<int>();
    auto more = co_await receive<int>(within(5ms));
    CHECK(!more);
    for (int i = 4; i < 8; ++i)
      unlink(acceptors[static_cast<std::size_t>(i)]);
    door.stop();
  });
}

TEST_CASE("N082 stop: every waiting accept says that it has ended, and nobody connects any more") {
  net_spec::in_process([]() -> process {
    net::listener door = *net::listen(net::address::loopback(0));
    const net::address at = door.local();
    for (int i = 0; i < 3; ++i)
      spawn_link(
          [](net::listener l, pid tell) -> process {
            auto c = co_await l.accept();
            send(tell, c.why());
          },
          door.share(), self());
    co_await sleep(5ms);
    door.stop();
    for (int i = 0; i < 3; ++i) {
      auto why = co_await receive<exit_reason>(within(5s));
      REQUIRE(why);
      CHECK(*why == io::ended);
    }
    auto late = co_await net::connect(at);
    CHECK(late.why() == io::error{ECONNREFUSED});
  });
}

TEST_CASE(
    "N094 a Unix listener's file has its mode, is removed at the end, replaced if nobody serves it, refused if somebody does") {
  net_spec::on_the_machine([]() -> process {
    const std::string path = "/tmp/brood-net-test-" + std::to_string(getpid()) + ".sock";
    {
      net::listener door = *net::listen(net::address::local(path), {.mode = 0600});
      struct stat found{};
      CHECK(stat(path.c_str(), &found) == 0);
      CHECK((found.st_mode & 0777) == 0600);
      auto twice = net::listen(net::address::local(path));
      CHECK(twice.why() == io::error{EADDRINUSE});
      auto c = co_await net::connect(net::address::local(path));
      CHECK(c);
    }
    CHECK(access(path.c_str(), F_OK) != 0);
    const int stale = socket(AF_UNIX, SOCK_STREAM, 0);  // a file that a crash left behind
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    CHECK(bind(stale, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    close(stale);
    auto again = net::listen(net::address::local(path));
    CHECK(again);
  });
}

TEST_CASE("N100 nobody listens: ECONNREFUSED") {
  net_spec::in_process([]() -> process {
    net::address at;
    {
      net::listener door = *net::listen(net::address::loopback(0));
      at = door.local();
    }
    auto c = co_await net::connect(at);
    REQUIRE(!c);
    CHECK(c.why() == io::error{ECONNREFUSED});
  });
}

TEST_CASE("N012 at the end of run every descriptor that it opened is closed, with a thousand reads under way") {
  const auto open_now = [] {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      ++n;
    return n;
  };
  const std::size_t before = open_now();
  for (int round = 0; round < 2; ++round) {
    net_spec::on_the_machine([]() -> process {
      for (int i = 0; i < 200; ++i) {
        auto [a, b] = *net::connected_pair();
        spawn([](net::connection c) -> process { (void)co_await c.read(); }, std::move(a));
        spawn([](net::connection c) -> process { (void)co_await c.read(); }, std::move(b));
      }
      co_await sleep(5ms);
    });
    CHECK(open_now() <= before + 1);  // a thread's own, kept from run to run
  }
}

TEST_CASE("io::ready waits for a descriptor that is somebody else's") {
  net_spec::on_the_machine([]() -> process {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    auto late = co_await io::ready(ends[0], io::readable, 10ms);
    CHECK(late.why() == reason::timeout);
    spawn(
        [](int fd, pid tell) -> process {
          co_await sleep(5ms);
          send(tell, write(fd, "x", 1));
        },
        ends[1], self());
    auto now_ready = co_await io::ready(ends[0], io::readable, 5s);
    const ssize_t written = co_await receive<ssize_t>();
    CHECK(written == 1);
    REQUIRE(now_ready);
    CHECK((*now_ready & io::readable));
    auto room = co_await io::ready(ends[1], io::writable | io::readable, 5s);
    REQUIRE(room);
    CHECK((*room & io::writable));
    close(ends[0]);
    close(ends[1]);
    auto wrong = co_await io::ready(1'000'000, io::readable, 5s);
    CHECK((!wrong || (*wrong & io::failed)));
  });
}
