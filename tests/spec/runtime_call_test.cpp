// runtime::call: a thread asks a process and blocks for the reply.
#include "spec.hpp"

#include <thread>

namespace {

struct square_of {
  int n = 0;
  using reply = int;
};

process squares() {
  while (true)
    co_await receive([](request<square_of> r) { r.reply(r->n * r->n); });
}

}  // namespace

TEST_CASE("runtime::call gives the reply") {
  runtime rt{run_options{.grace = 50ms}};
  const pid server = rt.spawn(squares);
  const outcome<int> got = rt.call(server, square_of{7});
  REQUIRE(got);
  CHECK(*got == 49);
  for (int n = 0; n < 1000; ++n) {
    const outcome<int> next = rt.call(server, square_of{n});
    REQUIRE(next);
    REQUIRE(*next == n * n);
  }
}

TEST_CASE("runtime::call gives noproc for a dead process and for an unknown name") {
  runtime rt;
  const pid p = rt.spawn([] {});
  (void)rt.wait(p);
  const outcome<int> dead = rt.call(p, square_of{1});
  REQUIRE_FALSE(dead);
  CHECK(dead.why() == reason::noproc);
  const outcome<int> unknown = rt.call("spec nobody", square_of{1});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.why() == reason::noproc);
}

TEST_CASE("runtime::call gives timeout when no reply comes in time, the server's reason when it dies") {
  runtime rt{run_options{.grace = 50ms}};
  const pid silent = rt.spawn(spec::idle);
  const auto start = std::chrono::steady_clock::now();
  const outcome<int> late = rt.call(silent, square_of{1}, 10ms);
  REQUIRE_FALSE(late);
  CHECK(late.why() == reason::timeout);
  CHECK(std::chrono::steady_clock::now() - start >= 10ms);
  const pid dying = rt.spawn([]() -> process { co_await receive([](request<square_of>) { exit(exit_reason("boom")); }); });
  const outcome<int> none = rt.call(dying, square_of{1});
  REQUIRE_FALSE(none);
  CHECK(none.why() == exit_reason("boom"));
}

TEST_CASE("runtime::call from several threads") {
  runtime rt{run_options{.grace = 50ms}};
  const pid server = rt.spawn(squares);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c)
    clients.emplace_back([&rt, &wrong, server, c] {
      for (int n = 0; n < 500; ++n) {
        const outcome<int> got = rt.call(server, square_of{n + c});
        if (!got || *got != (n + c) * (n + c))
          ++wrong;
      }
    });
  for (std::thread& t : clients)
    t.join();
  CHECK(wrong == 0);
}
