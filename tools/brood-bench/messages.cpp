// Messages between processes that stay: a pair, a ring, many to one, all to all.
#include "bench.hpp"

#include <array>
#include <cstddef>

namespace bench {

using namespace brood;

namespace {

struct ping {
  pid from;
};
struct pong {};
struct token {
  std::int64_t left;
};
struct item {
  std::int64_t number;
};
struct peers {
  std::shared_ptr<const std::vector<pid>> all;
};
struct done {};

process answer_pings() {
  while (true)
    co_await receive([](ping p) { send(p.from, pong{}); });
}

process ping_pong(numbers a) {
  const pid other = spawn(answer_pings);
  stopwatch time;
  for (std::int64_t i = 0; i < a[0]; ++i) {
    send(other, ping{self()});
    co_await receive<pong>();
  }
  report("ping_pong", a[0], time);
}

template <std::size_t Bytes>
struct parcel {
  pid from;
  std::array<std::byte, Bytes> content;
};

template <std::size_t Bytes>
process send_back() {
  while (true)
    co_await receive([](parcel<Bytes> p) {
      const pid to = p.from;
      send(to, std::move(p));
    });
}

template <std::size_t Bytes>
task<> exchange(std::int64_t n) {
  const pid other = spawn(send_back<Bytes>);
  stopwatch time;
  for (std::int64_t i = 0; i < n; ++i) {
    send(other, parcel<Bytes>{self(), {}});
    co_await receive<parcel<Bytes>>();
  }
  report("message_size", n, time);
}

process message_size(numbers a) {
  switch (a[0]) {
    case 8:
      co_await exchange<8>(a[1]);
      break;
    case 64:
      co_await exchange<64>(a[1]);
      break;
    case 512:
      co_await exchange<512>(a[1]);
      break;
    case 4096:
      co_await exchange<4096>(a[1]);
      break;
    default:
      check(false, "message_size knows 8, 64, 512 and 4096 bytes");
  }
}

process pass_on(pid next) {
  while (true)
    co_await receive([&](token t) { send(next, token{t.left - 1}); });
}

process ring(numbers a) {
  const std::int64_t size = a[0], hops = a[1];
  stopwatch time;
  pid first = self();
  for (std::int64_t i = 1; i < size; ++i)
    first = spawn(pass_on, first);
  send(first, token{hops});
  std::int64_t left = hops;
  std::int64_t laps = 0;
  for (;; ++laps) {
    left = (co_await receive<token>()).left;
    if (left <= 0)
      break;
    send(first, token{left - 1});
  }
  check(laps == hops / size || laps == hops / size - 1, "the token went round as often as it should");
  report("ring", hops, time);
}

process blast(pid to, std::int64_t each) {
  for (std::int64_t i = 0; i < each; ++i)
    send(to, item{i});
  co_return;
}

process fan_in(numbers a) {
  const std::int64_t senders = a[0], each = a[1];
  stopwatch time;
  for (std::int64_t i = 0; i < senders; ++i)
    spawn(blast, self(), each);
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < senders * each; ++i)
    sum += (co_await receive<item>()).number;
  check(sum == senders * (each * (each - 1) / 2), "every message arrived once");
  report("fan_in", senders * each, time);
}

// Pings `each` others, one after the other, and answers pings, after its last, too.
process big_one(pid main, std::int64_t me, std::int64_t each) {
  const auto all = (co_await receive<peers>()).all;
  std::uint64_t x = static_cast<std::uint64_t>(me) * 2654435761u + 1;
  auto ping_next = [&] {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    send((*all)[x % all->size()], ping{self()});
  };
  ping_next();
  while (true)
    co_await receive([](ping p) { send(p.from, pong{}); },
                     [&](pong) {
                       if (--each == 0)
                         send(main, done{});
                       else
                         ping_next();
                     });
}

process big(numbers a) {
  const std::int64_t processes = a[0], each = a[1];
  stopwatch time;
  std::vector<pid> all;
  for (std::int64_t i = 0; i < processes; ++i)
    all.push_back(spawn(big_one, self(), i, each));
  const auto shared = std::make_shared<const std::vector<pid>>(std::move(all));
  for (const pid p : *shared)
    send(p, peers{shared});
  for (std::int64_t i = 0; i < processes; ++i)
    co_await receive<done>();
  report("big", processes * each, time);
}

}  // namespace

std::vector<workload> messages() {
  return {{"ping_pong", "N", ping_pong},
          {"ring", "SIZE HOPS", ring},
          {"fan_in", "SENDERS EACH", fan_in},
          {"message_size", "BYTES N", message_size},
          {"big", "PROCS EACH", big}};
}

}  // namespace bench
