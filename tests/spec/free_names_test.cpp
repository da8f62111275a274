// The names that brood keeps free for its users: this program declares messages of them all, with everything visible that a
// program has in sight. It is a test that it compiles; that it runs is a bonus. api.md "Names kept free for users"
#include "catch.hpp"

#include <brood/brood.hpp>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string>

using namespace brood;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

struct get {
  std::string key;
};
struct put {
  std::string key;
  int value = 0;
};
struct add {
  int by = 0;
};
struct stop {};
struct result {
  int value = 0;
};
struct reply {
  int value = 0;
};
struct timeout {};
struct job {
  int n = 0;
};
struct done {};
struct ready {};
struct ping {
  pid from;
};
struct item {
  int n = 0;
};
struct report {
  pid to;
};

process everything() {
  int total = 0;
  bool running = true;
  while (running) {
    co_await receive([&](get) { total += 1; }, [&](put m) { total += m.value; }, [&](add m) { total += m.by; },
                     [&](result m) { total += m.value; }, [&](reply m) { total += m.value; }, [&](timeout) { total += 1; },
                     [&](job m) { total += m.n; }, [&](done) { total += 1; }, [&](ready) { total += 1; },
                     [&](item m) { total += m.n; }, [&](ping m) { send(m.from, ready{}); }, [&](stop) { running = false; },
                     [&](report m) { send(m.to, result{total}); }, after(seconds(10), [&] { running = false; }));
  }
}

}  // namespace

TEST_CASE("a program may call its messages get, put, add, stop, result, reply, timeout, job, done, ready, ping, item, report") {
  int total = 0;
  const int status = run([&total]() -> process {
    auto [p, watch] = spawn_monitor(everything);
    send(p, get{"a"});
    send(p, put{"a", 2});
    send(p, add{3});
    send(p, result{4});
    send(p, reply{5});
    send(p, timeout{});
    send(p, job{6});
    send(p, done{});
    send(p, ready{});
    send(p, item{7});
    send(p, ping{self()});
    co_await receive<ready>();
    send(p, report{self()});
    total = (co_await receive<result>()).value;
    send(p, stop{});
    const down d = co_await receive<down>(watch);
    if (d.why != reason::normal)
      exit(d.why);
    co_await sleep(milliseconds(1));
    link(self());
    unlink(self());
  });
  CHECK(status == 0);
  CHECK(total == 1 + 2 + 3 + 4 + 5 + 1 + 6 + 1 + 1 + 7);
}
