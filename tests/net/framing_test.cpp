// Framings: bytes cut into messages, whatever pieces they arrive in.
#include "net.hpp"

TEST_CASE("N070 lines: both ends, empty ones, the last without an end") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(net::lines{.max = 10});
    co_await a.write("one\ntwo\r\n\nthe last");
    a.finish();
    for (const std::string expected : {"one", "two", "", "the last"}) {
      auto line = co_await b.read(5s);
      REQUIRE(line);
      CHECK(*line == expected);
    }
    auto end = co_await b.read(5s);
    CHECK(end.why() == io::ended);
  });
}

TEST_CASE("N071 length prefixes of 1, 2, 4 and 8 bytes in both orders; too long is refused before it is waited for") {
  const auto both_ways = [](auto how) {
    net_spec::with_both_ends([how](net::connection a, net::connection b) -> process {
      a.frame(how);
      b.frame(how);
      co_await a.write("first");
      co_await a.write("");
      co_await a.write("third");
      for (const std::string expected : {"first", "", "third"}) {
        auto frame = co_await b.read(5s);
        REQUIRE(frame);
        CHECK(*frame == expected);
      }
    });
  };
  for (const std::endian order : {std::endian::big, std::endian::little}) {
    both_ways(net::length_prefix<std::uint8_t>{.max = 100, .order = order});
    both_ways(net::length_prefix<std::uint16_t>{.order = order});
    both_ways(net::length_prefix<std::uint32_t>{.order = order});
    both_ways(net::length_prefix<std::uint64_t>{.order = order});
  }
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(net::packet4{.max = 1000});
    co_await a.write(std::string("\xff\xff\xff\xff", 4));
    auto frame = co_await b.read(5s);
    REQUIRE(!frame);
    CHECK(frame.why().get_if<net::bad_frame>() != nullptr);
  });
}

TEST_CASE("N073 another framing applies from the next byte that was not read") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    co_await a.write(
        std::string("line\n\x00\x03"
                    "abc!rest",
                    15));
    a.finish();
    b.frame(net::lines{});
    auto line = co_await b.read(5s);
    CHECK(*line == "line");
    b.frame(net::packet2{});
    auto packet = co_await b.read(5s);
    CHECK(*packet == "abc");
    b.frame(net::delimited{"!"});
    auto empty = co_await b.read(5s);
    CHECK(*empty == "");
    b.frame(net::raw{});
    auto rest = co_await b.read(5s);
    CHECK(*rest == "rest");
  });
}

TEST_CASE("N074 a stream that ends within a frame: bad_frame, and rest() has the part") {
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(net::packet4{});
    co_await a.write(std::string("\0\0\0\x08half", 8));
    a.finish();
    auto frame = co_await b.read(5s);
    REQUIRE(!frame);
    CHECK(frame.why().get_if<net::bad_frame>() != nullptr);
    CHECK(b.rest().size() == 8);
  });
}

TEST_CASE("N075 a framing that throws ends the reading, not the process") {
  struct strict {
    std::optional<net::found> next(std::string_view) { throw std::runtime_error("no such command"); }
  };
  net_spec::with_both_ends([](net::connection a, net::connection b) -> process {
    b.frame(strict{});
    co_await a.write("x");
    auto frame = co_await b.read(5s);
    REQUIRE(!frame);
    REQUIRE(frame.why().get_if<net::bad_frame>() != nullptr);
    CHECK(frame.why().get_if<net::bad_frame>()->text == "no such command");
    const bool accepted = co_await b.write("-ERR");
    CHECK(accepted);
  });
}
