// Streams as processes use them: what is read, what is written, and how they end. The numbers are those of the rules for sockets.
#include "net.hpp"

TEST_CASE("N001 a connection that leaves scope is closed: the peer reads all that was accepted, then the end") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    {
      net::connection gone = std::move(a);
      const bool accepted = co_await gone.write(std::string(200'000, 'x'));
      CHECK(accepted);
    }
    std::size_t got = 0;
    auto piece = co_await b.read(5s);
    for (; piece; piece = co_await b.read(5s))
      got += piece->size();
    CHECK(got == 200'000);
    CHECK(piece.why() == io::ended);
  });
}

TEST_CASE("N002 a process that is killed in a read closes its connection") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    pid reader = spawn(
        [](net::connection c) -> process {
          auto nothing = co_await c.read();
          (void)nothing;
        },
        std::move(a));
    co_await sleep(2ms);
    exit(reader, reason::kill);
    auto end = co_await b.read(5s);
    CHECK(!end);
    CHECK(end.why() == io::ended);
  });
}

TEST_CASE("N004 a connection in a message that nobody takes is closed") {
  struct serve_this {
    net::connection c;
  };
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    pid dead = spawn([] {});
    monitor(dead);
    co_await receive<down>();
    send(dead, serve_this{std::move(a)});
    auto end = co_await b.read(5s);
    CHECK(!end);
    CHECK(end.why() == io::ended);
  });
}

TEST_CASE("N010 abort resets: the peer reads ECONNRESET") {
  net_spec::over_tcp([](net::connection a, net::connection b) -> process {
    a.abort();
    auto end = co_await b.read(5s);
    CHECK(!end);
    CHECK(end.why() == io::error{ECONNRESET});
    auto again = co_await b.read(5s);
    CHECK(again.why() == io::error{ECONNRESET});
  });
}

TEST_CASE("N011 every call of a handle that was moved away says so, and its end does nothing") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    net::connection kept = std::move(a);
    CHECK(!a);
    CHECK(kept);
    CHECK_THROWS_AS(a.read(), std::logic_error);
    CHECK_THROWS_AS(a.write("x"), std::logic_error);
    CHECK_THROWS_AS(a.rest(), std::logic_error);
    CHECK_THROWS_AS(a.finish(), std::logic_error);
    co_await kept.write("alive");
    auto got = co_await b.read(5s);
    CHECK(*got == "alive");
  });
}

TEST_CASE("N020 read gives what is there, at least one byte, in order") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    co_await a.write("one");
    (void)co_await a.flush();
    auto first = co_await b.read(5s);
    CHECK(*first == "one");
    co_await a.write("two");
    co_await a.write("three");
    (void)co_await a.flush();
    std::string both;
    while (both.size() < 8) {
      auto piece = co_await b.read(5s);
      CHECK(piece->size() > 0);
      both += piece->str();
    }
    CHECK(both == "twothree");
  });
}

TEST_CASE("N021 read(n) gives exactly n; ended before, rest() is what came") {
  for (const std::size_t n : {std::size_t{7}, std::size_t{40'000}})  // held, and received in place
    net_spec::with_both_ends([n](net::connection a, net::connection b) -> process {
      co_await a.write(std::string(n - 3, 'a'));
      (void)co_await a.flush();
      auto late = co_await b.read(n, 20ms);
      CHECK(late.why() == reason::timeout);  // and nothing is lost
      co_await a.write("bcdef");
      (void)co_await a.flush();
      auto whole = co_await b.read(n, 5s);
      REQUIRE(whole);
      CHECK(whole->size() == n);
      CHECK(whole->slice(n - 3) == "bcd");
      a.finish();
      auto part = co_await b.read(n, 5s);
      CHECK(part.why() == io::ended);
      CHECK(b.rest() == "ef");
    });
}

TEST_CASE("N023 a limit of 0 looks and returns") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    auto nothing = co_await b.read(0s);
    CHECK(nothing.why() == reason::timeout);
    co_await a.write("x");
    (void)co_await a.flush();
    co_await sleep(1ms);
    auto something = co_await b.read(0s);
    CHECK(*something == "x");
  });
}

TEST_CASE("N024 a peer that sends and half-closes at once: all bytes are read, then the end, and writing still works") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    co_await a.write("last words");
    a.finish();
    auto words = co_await b.read(5s);
    CHECK(*words == "last words");
    auto end = co_await b.read(5s);
    CHECK(end.why() == io::ended);
    const bool accepted = co_await b.write("answer");
    CHECK(accepted);
    auto answer = co_await a.read(5s);
    CHECK(*answer == "answer");
  });
}

TEST_CASE("N026 after the end every read says so at once") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    a.finish();
    for (int i = 0; i < 3; ++i) {
      auto end = co_await b.read(5s);
      CHECK(end.why() == io::ended);
    }
  });
}

TEST_CASE("N027 read_until finds a mark across pieces, in each position; what follows stays") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    const std::string text = "head\r\n\r\nbody";
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      co_await a.write(text.substr(0, cut));
      (void)co_await a.flush();
      auto piece = co_await b.peek(1, 5s);
      CHECK(piece->size() == cut);
      co_await a.write(text.substr(cut));
      (void)co_await a.flush();
      auto head = co_await b.read_until("\r\n\r\n", 64, 5s);
      CHECK(*head == "head\r\n\r\n");
      auto body = co_await b.read(4, 5s);
      CHECK(*body == "body");
    }
  });
}

TEST_CASE("N028 read_until beyond max fails and consumes nothing") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    co_await a.write(std::string(100, 'x'));
    (void)co_await a.flush();
    auto none = co_await b.read_until("\n", 50, 5s);
    CHECK(none.why() == io::error{EMSGSIZE});
    CHECK(b.rest() == std::string(100, 'x'));
  });
}

TEST_CASE("N029 what was put back is read first") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    co_await a.write("world");
    (void)co_await a.flush();
    auto one = co_await b.read(1, 5s);
    b.unread("hello " + *one);
    auto all = co_await b.read(11, 5s);
    CHECK(*all == "hello world");
  });
}

TEST_CASE("N030 a second reader is told that it is one, and nothing is lost") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    auto shared = std::make_shared<net::connection>(std::move(b));
    const pid me = self();
    spawn(
        [](shared_unsafely<net::connection> c, pid tell) -> process {
          auto got = co_await c->read(5s);
          send(tell, got->str());
        },
        unsafe_share(shared.get()), me);
    co_await sleep(2ms);
    bool refused = false;
    try {
      auto got = co_await shared->read(5s);
      (void)got;
    } catch (const std::logic_error&) {
      refused = true;
    }
    CHECK(refused);
    co_await a.write("for the first");
    auto text = co_await receive<std::string>(within(5s));
    CHECK(text == "for the first");
  });
}

TEST_CASE("N033 a read under way does not keep messages and questions from being taken in") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    pid reader = spawn_link(
        [](net::connection c) -> process {
          auto got = co_await c.read();
          send(*whereis("net test"), got->str());
        },
        std::move(b));
    register_name("net test", self());
    co_await sleep(2ms);
    for (int i = 0; i < 10; ++i)
      send(reader, i);
    const bool alive = co_await is_alive(reader);
    CHECK(alive);
    const auto info = co_await inspect(reader);
    CHECK(info->mailbox_length == 10);
    CHECK(info->status == process_status::waiting);
    co_await a.write("now");
    auto text = co_await receive<std::string>(within(5s));
    CHECK(text == "now");
    unlink(reader);
    unregister_name("net test");
  });
}

TEST_CASE("N041 write waits above high_water and goes on when the peer reads") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    pid writer = spawn_link(
        [](net::connection c, pid tell) -> process {
          for (int i = 0; i < 400; ++i)
            co_await c.write(std::string(16 << 10, 'w'));
          send(tell, true);
        },
        std::move(a), self());
    auto too_early = co_await receive<bool>(within(30ms));
    CHECK(!too_early);
    std::size_t got = 0;
    while (auto piece = co_await b.read(5s))
      got += piece->size();
    CHECK(got == std::size_t{400} * (16 << 10));
    auto done = co_await receive<bool>(within(5s));
    CHECK(done);
    unlink(writer);
  });
}

TEST_CASE("N042 a write after the peer has gone fails, in the end, and raises no SIGPIPE") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.abort();
    bool accepted = true;
    for (int i = 0; i < 3; ++i) {
      accepted = co_await a.write("x");
      auto sent = co_await a.flush(1s);
      (void)sent;
      co_await sleep(1ms);
    }
    CHECK(!accepted);
    REQUIRE(a.failure());
    const bool expected = *a.failure() == io::error{EPIPE} || *a.failure() == io::error{ECONNRESET};
    CHECK(expected);
  });
}

TEST_CASE("N044 a try_write that says false has accepted nothing") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    std::size_t accepted = 0;
    while (a.try_write(std::string(10'000, 't')))
      accepted += 10'000;
    CHECK(a.unsent() <= 64 << 10);
    a.finish();
    std::size_t got = 0;
    while (auto piece = co_await b.read(5s))
      got += piece->size();
    CHECK(got == accepted);
  });
}

TEST_CASE("N046 what is written has been given to the kernel when the turn has ended") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    for (int i = 0; i < 16; ++i)
      a.try_write(io::bytes("0123456789abcdef"));  // no await: the turn can not end in between
    CHECK(a.unsent() == 256);
    co_await yield();
    CHECK(a.unsent() == 0);
    auto all = co_await b.read(256, 5s);
    CHECK(all->size() == 256);
  });
}

TEST_CASE("N048 finish: the peer reads all, then the end; writing afterwards fails") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    co_await a.write("all");
    a.finish();
    const bool accepted = co_await a.write("more");
    CHECK(!accepted);
    auto all = co_await b.read(5s);
    CHECK(*all == "all");
    auto end = co_await b.read(5s);
    CHECK(end.why() == io::ended);
  });
}

TEST_CASE("N050 a write of 0 bytes sends nothing; with a length prefix an empty frame") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    const bool accepted = co_await a.write("");
    CHECK(accepted);
    a.frame(net::packet2{});
    co_await a.write("");
    auto frame = co_await b.read(2, 5s);
    CHECK(*frame == std::string(2, '\0'));
  });
}
