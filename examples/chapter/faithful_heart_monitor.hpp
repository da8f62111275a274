// The course's heartbeat monitor as printed, mistakes and all; heart_monitor.hpp beside it is the one to use.
//
//   count    each heartbeat sums up one map a process, and every one of them holds everybody's old count: N * c + 1, not c + 1. Of
//            two silent processes each is "dead after three missed pings" at the second; and N maps of N entries are built.
//   starved  the heartbeat is what happens when no message comes for 3 s: whoever asks more often than that stops it.
//   relpy    the answer to list_dead has a mistyped tag: the client waits for ever, the answer lies in its mailbox.
//   traces   unwatch forgets neither the count nor the verdict, so that the unwatched is found dead later; the dead stay alive, too;
//            who is watched twice is pinged twice; and a pong from anybody counts.
#pragma once

#include "heart_messages.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace faithful {

using namespace brood;

struct relpy {
  std::vector<pid> who;
};

class heart {
 public:
  void watch(pid who) { watched_.insert(watched_.begin(), who); }
  void unwatch(pid who) {
    if (auto at = std::ranges::find(watched_, who); at != watched_.end())
      watched_.erase(at);
  }

  void send_pings() {
    std::map<pid, std::uint64_t> sum;
    for (pid who : watched_) {
      send(who, ping{self()});
      std::map<pid, std::uint64_t> updated = pending_;
      ++updated[who];
      for (auto [p, count] : updated)
        sum[p] = plus(sum[p], count);
    }
    pending_ = sum;
    for (auto [p, count] : pending_)
      if (count > 2 && !contains(dead_, p))
        dead_.insert(dead_.begin(), p);
  }

  // Whether it had been taken for dead.
  bool take_pong(pid from) {
    pending_.erase(from);
    if (!contains(alive_, from))
      alive_.insert(alive_.begin(), from);
    return std::erase(dead_, from) > 0;
  }

  const std::vector<pid>& watched() const { return watched_; }
  const std::vector<pid>& alive() const { return alive_; }
  const std::vector<pid>& dead() const { return dead_; }
  std::uint64_t unanswered(pid who) const { return pending_.at(who); }

 private:
  static bool contains(const std::vector<pid>& list, pid who) { return std::ranges::find(list, who) != list.end(); }

  // Elixir's integers grow without end; ours would overflow at the 8th heartbeat of 1000 processes.
  static std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
    return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
  }

  std::vector<pid> watched_, alive_, dead_;
  std::map<pid, std::uint64_t> pending_;
};

inline process heart_monitor(time_limit interval, on_return announce) {
  heart h;
  while (true)
    co_await receive(
        [&](pong m) {
          if (h.take_pong(m.from))
            announce(m.from);
        },
        [&](watch m) { h.watch(m.who); },  //
        [&](unwatch m) { h.unwatch(m.who); },  //
        [&](list_watched m) { send(m.from, reply{h.watched()}); },  //
        [&](list_alive m) { send(m.from, reply{h.alive()}); },  //
        [&](list_dead m) { send(m.from, relpy{h.dead()}); },  //
        after(interval, [&] { h.send_pings(); }));
}

}  // namespace faithful
