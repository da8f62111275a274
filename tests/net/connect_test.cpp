// Names, and one of several addresses.
#include "net.hpp"

TEST_CASE("N101 several addresses: a refusal brings the next one forward; all refused: the last one's reason") {
  net_spec::in_process([]() -> process {
    net::address nobody;
    {
      net::listener gone = *net::listen(net::address::loopback(0));
      nobody = gone.local();
    }
    net::listener door = *net::listen(net::address::loopback(0));
    auto c = co_await net::connect({nobody, nobody, door.local()});
    REQUIRE(c);
    CHECK(c->peer() == door.local());
    auto none = co_await net::connect({nobody, nobody});
    CHECK(none.why() == io::error{ECONNREFUSED});
    CHECK_THROWS_AS(net::connect(std::vector<net::address>()), std::invalid_argument);
  });
}

TEST_CASE("N102 a literal asks nobody, localhost is known, nonsense is a name_error") {
  net_spec::in_process([]() -> process {
    auto literal = co_await net::resolve("127.0.0.1", 80);
    REQUIRE(literal);
    REQUIRE(literal->size() == 1);
    CHECK(literal->front() == net::address::ip4(0x7f000001, 80));
    auto wrong_family = co_await net::resolve("127.0.0.1", 80, {.only = net::family::ip6});
    CHECK(wrong_family.why().get_if<net::name_error>() != nullptr);
    auto here = co_await net::resolve("localhost", 81);
    REQUIRE(here);
    CHECK(here->front().port() == 81);
    auto nonsense = co_await net::resolve("no such host.invalid", 80);
    CHECK(nonsense.why().get_if<net::name_error>() != nullptr);
    CHECK_THROWS_AS(net::resolve("", 80), std::invalid_argument);

    net::listener door = *net::listen(net::address::ip4(0x7f000001, 0));
    auto c = co_await net::connect("localhost", door.local().port());
    CHECK(c);
  });
}

TEST_CASE("Redis's commands are frames, in pieces or in a row; what is malformed or too long is refused before it is waited for") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(net::resp{.max = 1000, .max_words = 4});
    const std::string set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n";
    for (std::size_t cut = 1; cut < set.size(); cut += 5) {
      co_await a.write(set.substr(0, cut));
      (void)co_await a.flush();
      co_await a.write(set.substr(cut) + "PING\r\n");
      auto frame = co_await b.read(5s);
      REQUIRE(frame);
      const auto words = net::resp_words(*frame);
      REQUIRE(words.size() == 3);
      CHECK(words[0] == "SET");
      CHECK(words[2].empty());
      auto ping = co_await b.read(5s);
      REQUIRE(ping);
      CHECK(net::resp_words(*ping)[0] == "PING");
    }
  });
  for (const std::string bad :
       {"*9\r\n", "*1\r\n$5000\r\n", "*x\r\n", "*1\r\n:1\r\n", "*99999999999999999999999999\r\n", "*1\r\n$1\r\nab\r\n"})
    net_spec::with_both_ends([bad](net::connection a, net::connection b) -> process {
      b.frame(net::resp{.max = 1000, .max_words = 4});
      co_await a.write(bad);
      auto frame = co_await b.read(5s);
      REQUIRE(!frame);
      CHECK(frame.why().get_if<net::bad_frame>() != nullptr);
    });
}
