// What a process costs may not depend on what others have.
#include "times.hpp"

namespace {

// Processor time of f(), a coroutine.
template <class F>
task<double> cost_of(F f) {
  const double before = fault::processor_milliseconds();
  co_await f();
  co_return fault::processor_milliseconds() - before;
}

task<> downs(int n) {
  for (int i = 0; i < n; ++i) {
    const monitor_ref watch = spawn_monitor([] {}).monitor;
    (void)co_await receive<down>(watch);
  }
}

// n processes live and die, on all schedulers at once.
task<> deaths(int n) {
  constexpr int parents = 4;
  for (int i = 0; i < parents; ++i)
    spawn([n, to = self()]() -> process {
      for (int k = 0; k < n / parents; ++k) {
        spawn([] {});
        if (k % 64 == 63)
          co_await yield();
      }
      send(to, true);
    });
  for (int i = 0; i < parents; ++i)
    co_await receive<bool>();
}

process member(pid to) {
  pg::join("group", self());
  send(to, true);
  co_await receive<int>();
}

// How long the deaths of all n members of a group take, for each.
task<double> leaving(int n) {
  std::vector<pid> members;
  for (int i = 0; i < n; ++i)
    members.push_back(spawn(member, self()));
  for (int i = 0; i < n; ++i)
    co_await receive<bool>();
  const double cost = co_await cost_of([&]() -> task<> {
    for (const pid who : members) {
      monitor(who);
      send(who, 1);
    }
    for (std::size_t i = 0; i < members.size(); ++i)
      (void)co_await receive<down>();  // in whatever order they die
  });
  co_return cost / n;
}

}  // namespace

// receive<down>(ref) took a thousand times as long with 10^5 unread DOWNs. Must: the same with any number.
FAULT(down_behind_many_unread) {
  return run({.schedulers = 1}, []() -> process {
    const auto some = [] { return cost_of([] { return downs(300); }); };
    const double alone = co_await fault::best_of(5, 0, some);
    auto [dead, watch] = spawn_monitor([] {});
    (void)co_await receive<down>(watch);
    for (int i = 0; i < 100'000; ++i)
      (void)monitor(dead);
    const double behind_many = co_await fault::best_of(5, 4 * alone, some);
    fault::must_be_below(4 * alone + 1, behind_many, "300 DOWNs behind 100,000 unread ones");
  });
}

// One pending timer, or one member of a group, made the death of every process dearer, by up to six times. Must: who has no timer and is
// in no group pays nothing.
FAULT(deaths_pay_for_the_timers_and_groups_of_others) {
  return run({.schedulers = 2}, []() -> process {
    const auto some = [] { return cost_of([] { return deaths(100'000); }); };
    const double alone = co_await fault::best_of(8, 0, some);
    const timer_ref pending = send_after(1h, self(), 1);
    const double beside_timer = co_await fault::best_of(8, 1.3 * alone, some);
    fault::must_be_below(1.6 * alone, beside_timer, "100,000 deaths beside a timer");
    cancel_timer(pending);
    spawn(member, self());
    co_await receive<bool>();
    const double beside_member = co_await fault::best_of(8, 1.3 * alone, some);
    fault::must_be_below(1.6 * alone, beside_member, "100,000 deaths beside a member of a group");
  });
}

// Leaving a group by death took time in proportion to the group. Must: it does not.
FAULT(group_left_in_quadratic_time) {
  return run({.schedulers = 1}, []() -> process {
    const double few = co_await fault::best_of(3, 0, [] { return leaving(2'500); });
    const double many = co_await fault::best_of(3, 2 * few, [] { return leaving(20'000); });
    fault::must_be_below(3 * few, many, "a death in a group of 20,000; three times that in a group of 2,500");
  });
}
