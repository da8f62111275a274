// What the two heartbeat monitors, faithful_heart_monitor.hpp and heart_monitor.hpp, and the processes around them say to each other.
#pragma once

#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <functional>
#include <vector>

struct ping {
  brood::pid from;
};
struct pong {
  brood::pid from;
};

struct watch {
  brood::pid who;
};
struct unwatch {
  brood::pid who;
};
struct list_watched {
  brood::pid from;
};
struct list_alive {
  brood::pid from;
};
struct list_dead {
  brood::pid from;
};
struct reply {
  std::vector<brood::pid> who;
};

// What a monitor does when a process that it took for dead answers after all.
using on_return = std::function<void(brood::pid)>;

inline void say_alive(brood::pid who) { fmt::print("Process {} was dead but is now alive\n", who); }
