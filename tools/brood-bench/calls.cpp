// Request and reply: by hand with a unique reference, past a mailbox full of unread messages, and as a user writes it.
#include "bench.hpp"

namespace bench {

using namespace brood;

namespace {

struct request_by_hand {
  pid from;
  ref number;
  std::int64_t value;
};
struct answer_by_hand {
  ref number;
  std::int64_t value;
};
struct noise {
  std::int64_t number;
};

struct echo {
  std::int64_t value;
  using reply = std::int64_t;
};

process echo_server() {
  co_await serve([](const echo& e) -> std::int64_t { return e.value; });
}

process gen_call(numbers a) {
  const pid server = spawn(echo_server);
  stopwatch time;
  for (std::int64_t i = 0; i < a[0]; ++i)
    check(co_await call(server, echo{i}) == i, "the reply belongs to the call");
  report("gen_call", a[0], time);
}

process call_backlog(numbers a) {
  const pid server = spawn(echo_server);
  for (std::int64_t i = 0; i < a[0]; ++i)
    send(self(), noise{i});
  const auto none = co_await receive<request_by_hand>(within(std::chrono::seconds(0)));
  check(!none, "they are in the mailbox, not on their way to it");
  stopwatch time;
  for (std::int64_t i = 0; i < a[1]; ++i)
    check(co_await call(server, echo{i}) == i, "the reply belongs to the call");
  report("call_backlog", a[1], time);
}

process answer_requests() {
  while (true)
    co_await receive([](request_by_hand r) { send(r.from, answer_by_hand{r.number, r.value}); });
}

task<> ask(pid server, std::int64_t calls) {
  for (std::int64_t i = 0; i < calls; ++i) {
    const ref number = make_ref();
    send(server, request_by_hand{self(), number, i});
    const auto a = co_await receive<answer_by_hand>([&](const answer_by_hand& got) { return got.number == number; });
    check(a.value == i, "the answer belongs to the question");
  }
}

process selective_call(numbers a) {
  const pid server = spawn(answer_requests);
  for (std::int64_t i = 0; i < a[0]; ++i)
    send(self(), noise{i});
  stopwatch time;
  co_await ask(server, a[1]);
  report("selective_call", a[1], time);
}

process ref_call(numbers a) {
  const pid server = spawn(answer_requests);
  stopwatch time;
  co_await ask(server, a[0]);
  report("ref_call", a[0], time);
}

}  // namespace

std::vector<workload> calls() {
  return {{"selective_call", "BACKLOG CALLS", selective_call},
          {"gen_call", "CALLS", gen_call},
          {"call_backlog", "BACKLOG CALLS", call_backlog},
          {"ref_call", "CALLS", ref_call}};
}

}  // namespace bench
