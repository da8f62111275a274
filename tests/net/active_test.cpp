// Active mode: what comes is told in messages, as much as was asked for, and nothing is lost when that ends.
#include "net.hpp"

TEST_CASE("N060 once: one message, then silence; n: so many, then quiet") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(net::lines{});
    b.active(net::once);
    co_await a.write("one\ntwo\nthree\nfour\n");
    auto first = co_await receive<net::data>(within(5s));
    REQUIRE(first);
    CHECK(first->bytes == "one");
    CHECK(first->from == b.id());
    auto second = co_await receive<net::data>(within(20ms));
    CHECK(!second);
    b.active(std::size_t{2});
    for (const std::string expected : {"two", "three"}) {
      auto line = co_await receive<net::data>(within(5s));
      REQUIRE(line);
      CHECK(line->bytes == expected);
    }
    auto silence = co_await receive<net::quiet>(within(5s));
    REQUIRE(silence);
    CHECK(silence->from == b.id());
    auto fourth = co_await b.read(5s);
    CHECK(*fourth == "four");
    CHECK_THROWS_AS(b.active(std::size_t{0}), std::invalid_argument);
  });
}

TEST_CASE("N061 closed comes once, after the last data, and again when asked again") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.active(net::always);
    co_await a.write("last words");
    a.finish();
    auto words = co_await receive<net::data>(within(5s));
    REQUIRE(words);
    CHECK(words->bytes == "last words");
    auto end = co_await receive<net::closed>(within(5s));
    REQUIRE(end);
    CHECK(end->why == io::ended);
    auto twice = co_await receive<net::closed>(within(20ms));
    CHECK(!twice);
    b.active(net::once);
    auto again = co_await receive<net::closed>(within(5s));
    CHECK(again);
  });
}

TEST_CASE("what an active socket gave and nobody took is the next read's after passive()") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.active(net::always);
    co_await a.write("abc");
    (void)co_await a.flush();
    auto first = co_await receive<net::data>(within(5s));
    CHECK(first->bytes == "abc");
    co_await a.write("def");
    (void)co_await a.flush();
    co_await sleep(5ms);
    const auto mine = co_await inspect(self());  // takes the signal in
    (void)mine;
    co_await b.passive();
    co_await a.write("ghi");
    (void)co_await a.flush();
    auto rest = co_await b.read(6, 5s);
    REQUIRE(rest);
    CHECK(*rest == "defghi");
    auto nothing = co_await receive<net::data>(within(5ms));
    CHECK(!nothing);
  });
}

TEST_CASE("frames that were told and not taken stay frames after passive()") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(net::lines{});
    b.active(net::always);
    co_await a.write("one\ntwo\nthr");
    (void)co_await a.flush();
    co_await sleep(5ms);
    const auto mine = co_await inspect(self());
    (void)mine;
    co_await b.passive();
    co_await a.write("ee\n");
    for (const std::string expected : {"one", "two", "three"}) {
      auto line = co_await b.read(5s);
      REQUIRE(line);
      CHECK(*line == expected);
    }
  });
}

TEST_CASE("N064 data that is kept counts as unread: above the limit the peer is held up, below it goes on") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.active_limit(100'000, 50'000);
    b.active(net::always);
    spawn_link(
        [](net::connection c) -> process {
          for (int i = 0; i < 400; ++i)
            co_await c.write(std::string(16 << 10, 'w'));
        },
        std::move(a));
    std::vector<net::data> kept;
    std::size_t got = 0;
    for (auto d = co_await receive<net::data>(within(50ms)); d; d = co_await receive<net::data>(within(50ms))) {
      got += d->bytes.size();
      kept.push_back(*std::move(d));
    }
    CHECK(got >= 100'000 - (64 << 10));
    CHECK(got <= 100'000 + (64 << 10));
    kept.clear();
    while (got < std::size_t{400} * (16 << 10)) {
      auto d = co_await receive<net::data>(within(5s));
      REQUIRE(d);
      got += d->bytes.size();
    }
    auto end = co_await receive<net::closed>(within(5s));
    CHECK(end);
  });
}

TEST_CASE("N065 data that a mailbox limit drops is a failure of the connection, never a hole in the stream") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(net::lines{});
    set_mailbox_limit({.max_mailbox = 2, .on_overflow = overflow::drop_newest});
    b.active(net::always);
    co_await a.write("1\n2\n3\n4\n5\n");
    (void)co_await a.flush();
    co_await sleep(10ms);
    for (const std::string expected : {"1", "2"}) {
      auto d = co_await receive<net::data>(within(5s));
      REQUIRE(d);
      CHECK(d->bytes == expected);
    }
    auto end = co_await receive<net::closed>(within(5s));
    REQUIRE(end);
    CHECK(end->why == io::error{ENOBUFS});
  });
}

TEST_CASE("N066 a handle that is given away without passive(): nothing more comes to the old owner, the new one reads on") {
  struct serve_this {
    net::connection c;
  };
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.active(net::always);
    co_await a.write("old");
    (void)co_await a.flush();
    auto mine = co_await receive<net::data>(within(5s));
    CHECK(mine->bytes == "old");
    pid heir = spawn_link(
        [](pid tell) -> process {
          auto given = co_await receive<serve_this>();
          for (auto piece = co_await given.c.read(5s); piece; piece = co_await given.c.read(5s))
            send(tell, piece->str());
        },
        self());
    send(heir, serve_this{std::move(b)});
    co_await sleep(5ms);
    co_await a.write("new");
    a.finish();
    auto theirs = co_await receive<std::string>(within(5s));
    CHECK(theirs == "new");
    auto nothing = co_await receive<net::data>(within(5ms));
    CHECK(!nothing);
    auto none = co_await receive<net::closed>(within(5ms));
    CHECK(!none);
  });
}

TEST_CASE("N068 a read of an active socket says passive() first") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.active(net::once);
    std::string said;
    try {
      auto got = co_await b.read(5s);
      (void)got;
    } catch (const std::logic_error& e) {
      said = e.what();
    }
    CHECK(said.find("passive() first") != std::string::npos);
    co_await a.write("x");
    auto got = co_await receive<net::data>(within(5s));
    CHECK(got);
  });
}

TEST_CASE("an active socket whose process dies is closed, in the midst of messages") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    pid reader = spawn(
        [](net::connection c) -> process {
          c.active(net::always);
          for (;;)
            co_await receive<std::string>();  // its data stays unread
        },
        std::move(b));
    co_await a.write("unread");
    (void)co_await a.flush();
    co_await sleep(2ms);
    exit(reader, reason::kill);
    bool gone = false;
    for (int i = 0; i < 100 && !gone; ++i) {
      auto end = co_await a.read(100ms);
      gone = !end && !(end.why() == reason::timeout);
    }
    CHECK(gone);
  });
}
