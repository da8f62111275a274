// A heartbeat monitor: pings each watched process once an interval; who leaves three in a row unanswered is dead, until it answers.
// (To learn that a process has ended, monitor it: a heartbeat asks whether one that lives still does its work.)
//
// One count a process is all there is to know, so the lists can't contradict each other, and forgetting it leaves no trace.
#pragma once

#include "heart_messages.hpp"

#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

class heart {
 public:
  void watch(brood::pid who) { pulses_.try_emplace(who); }
  void unwatch(brood::pid who) { pulses_.erase(who); }

  void send_pings() {
    for (auto& [who, pulse] : pulses_) {
      send(who, ping{brood::self()});
      ++pulse.unanswered;
    }
  }

  // Whether it had been taken for dead.
  bool take_pong(brood::pid from) {
    auto at = pulses_.find(from);
    return at != pulses_.end() && std::exchange(at->second, {.unanswered = 0, .has_answered = true}).dead();
  }

  std::vector<brood::pid> watched() const {
    return those([](const pulse&) { return true; });
  }
  std::vector<brood::pid> alive() const {
    return those([](const pulse& p) { return p.has_answered && !p.dead(); });
  }
  std::vector<brood::pid> dead() const { return those(&pulse::dead); }
  int unanswered(brood::pid who) const { return pulses_.at(who).unanswered; }

 private:
  struct pulse {
    int unanswered = 0;
    bool has_answered = false;
    bool dead() const { return unanswered > 2; }
  };

  template <class Predicate>
  std::vector<brood::pid> those(Predicate wanted) const {
    std::vector<brood::pid> list;
    for (const auto& [who, pulse] : pulses_)
      if (std::invoke(wanted, pulse))
        list.push_back(who);
    return list;
  }

  std::unordered_map<brood::pid, pulse> pulses_;
};

struct beat {};

inline brood::process heart_monitor(brood::time_limit interval, on_return announce) {
  using namespace brood;
  heart h;
  // The heartbeat is a message in line with the others, so traffic can't starve it; each is armed by the one before, so that they
  // can't pile up behind a slow moment and count as three missed ones.
  send_after(interval, self(), beat{});
  while (true)
    co_await receive(
        [&](beat) {
          h.send_pings();
          send_after(interval, self(), beat{});
        },
        [&](pong m) {
          if (h.take_pong(m.from))
            announce(m.from);
        },
        [&](watch m) { h.watch(m.who); },  //
        [&](unwatch m) { h.unwatch(m.who); },  //
        [&](list_watched m) { send(m.from, reply{h.watched()}); },  //
        [&](list_alive m) { send(m.from, reply{h.alive()}); },  //
        [&](list_dead m) { send(m.from, reply{h.dead()}); });
}
