// address<protocol<...>>: a pid that takes only some messages. What does not compile is in tests/compile_fail.
#include "spec/spec.hpp"

#include <unordered_set>

namespace {

struct deposit {
  int amount;
};
struct balance {
  using reply = int;
};
struct close_account {
  using reply = void;
};
using account = protocol<deposit, balance, close_account>;
using payer = protocol<deposit>;

process run_account(int n) {
  co_await serve_as<account>([&](deposit d) { n += d.amount; }, [&](request<balance> r) { r.reply(n); },
                             [](close_account) { return stop_serving.reply(); }, after(1h, [] {}));
}

}  // namespace

TEST_CASE("send, cast, call and try_call to an address") {
  spec::in_process([]() -> process {
    const address<account> a = spawn_as<account>(run_account, 10);
    send(a, deposit{5});
    cast(a, deposit{1});
    const int n = co_await call(a, balance{});
    CHECK(n == 16);
    const outcome<int> tried = co_await try_call(a, balance{}, 1s);
    CHECK(tried.value_or(0) == 16);
    send_after(0s, a, deposit{100});  // a destination, too
    int later = n;
    while (later == n) {  // nothing orders it before a call
      co_await sleep(1ms);
      later = co_await call(a, balance{});
    }
    CHECK(later == 116);
    co_await call(a, close_account{});
    const outcome<int> closed = co_await try_call(a, balance{});
    const bool gone = closed.why() == reason::noproc || closed.why() == reason::normal;
    CHECK(gone);
  });
}

TEST_CASE("an address converts to one of fewer messages, not to one of more") {
  spec::in_process([]() -> process {
    const address<account> all = spawn_link_as<account>(run_account, 0);
    const address<payer> pays = all;
    const address<protocol<balance, deposit>> reordered = all;
    send(pays, deposit{3});
    const int n = co_await call(reordered, balance{});
    CHECK(n == 3);
    CHECK(static_cast<pid>(pays) == static_cast<pid>(all));
    static_assert(!std::is_convertible_v<address<payer>, address<account>>);
    static_assert(!std::is_convertible_v<pid, address<payer>>);
    static_assert(!std::is_convertible_v<address<payer>, pid>);
  });
}

TEST_CASE("addresses are regular values") {
  const address<payer> a(pid::from_bits(7));
  address<payer> b;
  CHECK(!b);
  b = a;
  CHECK(a == b);
  const std::unordered_set<address<payer>> known{a, b};
  CHECK(known.size() == 1);
  CHECK(spec::text_of(a) == to_string(static_cast<pid>(a)));
}
