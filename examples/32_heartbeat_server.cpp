// The heartbeat monitor of 14 and 15 as a server: its state is a map, its clock a timer. `simulate` lets the hour pass at once.
//
// Output:
// after 10 s: alive 1, dead 1
// the silent one is back
// after an hour: alive 2, dead 0
#include "chapter/heart_messages.hpp"

#include <algorithm>
#include <map>
#include <utility>

using namespace brood;
using namespace std::chrono_literals;

struct census {
  long alive, dead;
};
struct count {
  using reply = census;
};
struct beat {};

process heart_monitor(time_limit interval) {
  std::map<pid, int> unanswered;
  send_every(interval, self(), beat{});
  co_await serve(
      [&](beat) {
        for (auto& [who, missed] : unanswered)
          send(who, ping{self()}), ++missed;
      },
      [&](pong m) {
        auto at = unanswered.find(m.from);
        if (at != unanswered.end() && std::exchange(at->second, 0) > 2)
          fmt::print("the silent one is back\n");
      },
      [&](watch m) { unanswered.try_emplace(m.who); },
      [&](count) {
        long dead = std::ranges::count_if(unanswered, [](const auto& entry) { return entry.second > 2; });
        return census{std::ssize(unanswered) - dead, dead};
      });
}

process answers(time_limit silence) {
  co_await sleep(silence);
  co_await serve([](ping m) { send(m.from, pong{self()}); });
}

process show() {
  pid monitor = *co_await start_link(heart_monitor, 3s);
  cast(monitor, watch{spawn_link(answers, 0s)});
  cast(monitor, watch{spawn_link(answers, 1min)});
  for (auto [pause, when] : {std::pair(10s, "10 s"), std::pair(3600s, "an hour")}) {
    co_await sleep(pause);
    auto [alive, dead] = co_await call(monitor, count{});
    fmt::print("after {}: alive {}, dead {}\n", when, alive, dead);
  }
}

int main() { simulate(show); }
