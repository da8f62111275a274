// Starting: spawning and waiting until the child has started, for start_link, supervisors and whoever starts processes for others.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/exit_reason.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <source_location>
#include <string>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

// Spawns by whatever means the templates know. Borrows `context`.
struct spawner {
  void* context;
  spawned (*spawn)(void* context, const spawn_settings& settings);
};

// From any callable that takes const spawn_settings& and returns spawned; borrows it.
template <class Spawn>
spawner make_spawner(Spawn& spawn) noexcept {
  return {&spawn, [](void* context, const spawn_settings& settings) { return (*static_cast<Spawn*>(context))(settings); }};
}

struct start_order {
  spawn_options options = {};  // link and monitor included; a name is registered before the child runs
  time_limit timeout = infinity;
  std::source_location at = {};
  bool at_once = false;         // it has started when it is spawned
  std::string id = {};          // what reports call it, besides its pid
};

struct start_result {
  spawned child;        // whoever was spawned, dead or alive
  bool running = false; // it has started
  exit_reason why;  // else why not: its own reason (normal: it ended well before that), timeout, already_started, or the error
      // of spawning it
};

// Returns when the child has called init_ack(), reached serve or supervise, or waited in receive; or has ended before; or the
// timeout has killed it. Unless it is running nothing is left of it: no name, no link, no monitor, no message.
// Throws std::invalid_argument for a negative timeout. `how` stays valid until this returns.
BROOD_API task<start_result> start_process(start_order order, spawner how);

}  // namespace detail
}  // namespace brood
