// 10^6 calls with short limits, to servers that are slow, silent, hand requests on, reply twice, and are killed at random, from clients
// that are killed at random: exactly one outcome each, never a stray reply, nothing left behind. semantics.md 5.4; OTP: gen.erl do_call
#include "stress.hpp"

#include <random>

namespace {

struct ask {
  std::uint64_t n;
  using reply = std::uint64_t;
};

constexpr int servers = 8, clients = 16;  // the keys: servers first, then clients

struct counts {
  std::atomic<long> begun = 0, replied = 0, timed_out = 0, server_dead = 0, cut_off = 0, wrong = 0, strays = 0;
  std::atomic<int> clients_done = 0;
  std::atomic<bool> over = false;
};
using tally = std::shared_ptr<counts>;
using directory = registry<int>;

// Replies at once, late, never, from elsewhere, or twice.
process server(directory names, int key) {
  *names.enroll(key);
  co_await serve([](request<ask> r) -> task<> {
    const std::uint64_t n = r->n;
    switch (n % 16) {
      case 0:
        co_return;  // never
      case 1:
        co_await sleep(100us);
        r.reply(n);
        break;
      case 2:
        spawn(
            [](request<ask> later) -> process {
              co_await yield();
              const std::uint64_t n = later->n;
              later.reply(n);
              later.reply(n + 1);
            },
            std::move(r));
        break;
      case 3:
        r.reply(n);
        r.reply(n + 1);
        break;
      default:
        r.reply(n);
    }
  });
}

// One call, in one of the three ways, and its one outcome.
task<outcome<std::uint64_t>> one_call(destination to, std::uint64_t n, int way, time_limit limit) {
  if (way == 0)
    co_return co_await try_call(to, ask{n}, limit);
  if (way == 1) {
    reply_ref<std::uint64_t> later = send_request(to, ask{n});
    co_return co_await later.await(limit);
  }
  try {
    co_return co_await call(to, ask{n}, limit);
  } catch (const exiting& e) {
    co_return outcome<std::uint64_t>::failure(e.why());
  }
}

process client(directory names, int key, tally t, long calls) {
  *names.enroll(key);
  init_ack();
  std::mt19937_64 random(static_cast<std::uint64_t>(key) + static_cast<std::uint64_t>(t->begun.load()));
  while (t->begun.fetch_add(1) < calls) {
    spec::on_destruction cut_off([t] { ++t->cut_off; });  // killed while it calls: the one outcome is its death
    const std::uint64_t n = random();
    const time_limit limits[] = {0us, 20us, 200us, 2ms};
    const outcome<std::uint64_t> o =
        co_await one_call(names.at(static_cast<int>(random() % servers)), n, static_cast<int>(random() % 3), limits[random() % 4]);
    if (o)
      ++(*o == n ? t->replied : t->wrong);
    else if (o.why() == reason::timeout)
      ++t->timed_out;
    else
      ++(o.why() == reason::noproc || o.why() == reason::killed ? t->server_dead : t->wrong);
    --t->cut_off;
    if (co_await receive<any_message>(within(0s)))
      ++t->strays;
  }
  --t->begun;  // this one was not
  ++t->clients_done;
}

process killer(directory names, tally t) {
  std::mt19937 random(1);
  while (!t->over) {
    if (const auto victim = names.find(static_cast<int>(random() % (servers + clients))))
      exit(*victim, reason::kill);
    co_await sleep(50us);
  }
}

process supervisor(directory names, tally t, long calls) {
  std::vector<child_spec> children;
  for (int i = 0; i < servers; ++i)
    children.push_back(child(std::to_string(i), server, names, i));
  for (int i = servers; i < servers + clients; ++i)
    children.push_back(child(std::to_string(i), client, names, i, t, calls).transient());
  co_await supervise({.restarts = 1 << 30}, std::move(children));
}

}  // namespace

TEST_CASE("calls with short limits while servers and clients are killed: one outcome each, no stray reply, nothing left") {
  const report_sink old = set_report_sink([](const crash_report&) {});
  stress::shape([]() -> process {
    const long calls = stress::sized(30'000, 1'000'000, 10'000);
    const directory names;
    const tally t = std::make_shared<counts>();
    trap_exits();
    const pid sup = *co_await start_link(supervisor, names, t, calls);
    const pid kills = spawn(killer, names, t);
    while (t->clients_done < clients)
      co_await sleep(1ms);
    t->over = true;
    // Nothing of a call outlives it: no server is still watched by a client.
    for (int i = 0; i < servers; ++i)
      if (const auto s = names.find(i))
        if (const auto info = co_await inspect(*s)) {
          CHECK(info->monitored_by.empty());
          CHECK(info->links == std::vector<pid>{sup});
        }
    const monitor_ref done = monitor(sup), still = monitor(kills);
    exit(sup, reason::shutdown);
    (void)co_await receive<down>(done);
    (void)co_await receive<down>(still);
    INFO("replied " << t->replied << ", timed out " << t->timed_out << ", server dead " << t->server_dead << ", client killed "
                    << t->cut_off);
    CHECK(t->wrong == 0);
    CHECK(t->strays == 0);
    CHECK(t->replied + t->timed_out + t->server_dead + t->cut_off == t->begun);
    CHECK(t->replied > 0);
    CHECK(t->timed_out > 0);
    CHECK(t->server_dead > 0);
    CHECK(t->cut_off > 0);
    CHECK(names.size() == 0);
  });
  set_report_sink(old);
}
