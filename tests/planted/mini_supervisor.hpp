// Just enough of a supervisor to lose a child.
#pragma once

#include <brood/brood.hpp>

#include <map>

namespace planted {

struct started {
  brood::pid who;
};

// Keeps `wanted` linked children alive; each says started{} when it is up. Tells `watcher` of every start.
inline brood::process keep_alive(int wanted, brood::pid watcher, brood::process (*child)(brood::pid)) {
  brood::trap_exits();
  std::map<brood::pid, bool> up;
  for (int i = 0; i < wanted; ++i)
    up[brood::spawn_link(child, brood::self())] = false;
  while (true) {
    co_await brood::receive(
        [&](started s) {
          if (const auto found = up.find(s.who); found != up.end())
            found->second = true;
          brood::send(watcher, s);
        },
        [&](brood::exited e) {
          if (up.erase(e.who) == 1)
            up[brood::spawn_link(child, brood::self())] = false;
        });
  }
}

}  // namespace planted
