// Schedulers that stand aside and come back all the time: nothing is lost, nobody waits for ever.
#include "catch.hpp"

#include "process/real_platform.hpp"
#include "process/runtime_core.hpp"
#include "spec/schedulers.hpp"

#include <brood/brood.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <vector>

using namespace brood;
using namespace brood::detail;
using namespace std::chrono_literals;

namespace {

// At every other look of the monitor all but one stand aside, whatever they do.
class restless_platform final : public platform {
 public:
  std::int64_t now() noexcept override { return real_platform::instance().now(); }
  std::uint64_t random() noexcept override { return real_platform::instance().random(); }
  bool one_alone(compaction&, const compaction::work&) noexcept override { return ++looks_ % 2 == 1; }
  driver_kind choose_driver(driver_kind kind, std::string* why) override {
    return real_platform::instance().choose_driver(kind, why);
  }
  std::unique_ptr<driver> make_driver(driver_kind chosen) override { return real_platform::instance().make_driver(chosen); }

 private:
  unsigned looks_ = 0;
};

struct peers {
  std::shared_ptr<const std::vector<pid>> all;
};
struct ping {
  pid from;
};
struct pong {};
struct done {};

// Pings the others in turn, and answers, for ever; says so after that many rounds.
process chatter(pid boss, std::size_t me, int rounds) {
  const auto all = (co_await receive<peers>()).all;
  std::size_t next = me;
  auto ping_next = [&] { send((*all)[next = (next * 7 + 3) % all->size()], ping{self()}); };
  ping_next();
  while (true)
    co_await receive([](ping p) { send(p.from, pong{}); },
                     [&](pong) {
                       if (--rounds == 0)
                         send(boss, done{});
                       ping_next();
                     });
}

process many_short_sleeps(pid boss, int naps) {
  for (int i = 0; i < naps; ++i)
    co_await sleep(1ms);
  send(boss, done{});
}

process compute(pid boss) {
  const auto end = brood::now() + 6ms;
  while (brood::now() < end) {}
  send(boss, done{});
  co_return;
}

// How many of what should have come did.
process all_at_once(shared_unsafely<std::atomic<int>> came, shared_unsafely<std::atomic<bool>> stood_aside) {
  const auto all = std::make_shared<std::vector<pid>>();
  for (std::size_t i = 0; i < 40; ++i)
    all->push_back(spawn_link(chatter, self(), i, 300));
  for (const pid p : *all)
    send(p, peers{all});
  for (int i = 0; i < 10; ++i) {
    spawn_link(many_short_sleeps, self(), 20);
    spawn_link(compute, self());
  }
  for (int i = 0; i < 60; ++i)
    if (co_await receive<done>(within(60s)))
      ++*came;
  for (int i = 0; i < 200; ++i) {
    auto [child, watch] = spawn_monitor([] {});
    if (co_await receive<down>(watch, within(60s)))
      ++*came;
  }
  for (int i = 0; i < 10'000 && !*stood_aside; ++i) {
    const scheduler& sched = runtime_core::get()->sched;
    *stood_aside = (sched.unattended() & ~sched.stuck_mask()) != 0;
    co_await sleep(1ms);
  }
  exit(reason::shutdown);  // and takes the chatter along
}

}  // namespace

TEST_CASE("schedulers that stand aside at any time lose no message, no timer, no process") {
  const spec::options_decide_schedulers here;  // one alone could not stand aside
  for (const std::size_t schedulers : {2, 3, 8})
    for (int round = 0; round < 3; ++round) {
      INFO("schedulers: " << schedulers);
      std::atomic<int> came = 0;
      std::atomic<bool> stood_aside = false;
      restless_platform plat;
      runtime_core rt(run_options{.schedulers = schedulers, .grace = 10s, .stop_on_signals = false}, plat);
      rt.start();
      const spawned first = spawn_with({}, all_at_once, unsafe_share(&came), unsafe_share(&stood_aside));
      rt.watch_first(first.process);
      (void)rt.wait_for_first([] { return false; });
      rt.stop();
      CHECK(came == 260);
      CHECK(stood_aside);
    }
}
