// How a supervisor reacts when a child ends, and when it gives up.
#pragma once

#include <brood/spawn.hpp>
#include <brood/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace [[gnu::visibility("default")]] brood {

// Which children are restarted together with one that died. OTP: supervisor, "Restart Strategies"
enum class restart_strategy : std::uint8_t {
  one_for_one,   // it alone
  one_for_all,   // all
  rest_for_one,  // it and those started after it
  dynamic,       // it alone; for children that come and go: no ids, stopped all at once. Elixir: DynamicSupervisor
};
using enum restart_strategy;

// Whether the end of significant children ends the supervisor, too. OTP: supervisor, "Automatic Shutdown"
enum class auto_shutdown : std::uint8_t {
  never,
  any_significant,  // with the first that ends by itself and is not restarted
  all_significant,  // with the last
};

struct supervisor_options {
  restart_strategy strategy = one_for_one;
  int restarts = 3;                              // more than so many …
  time_limit within = std::chrono::seconds(5);   // … in this time, failed attempts included, and it gives up
  auto_shutdown stops_when = auto_shutdown::never;
  std::size_t max_children = unlimited;          // for start_child; those that are being restarted count
};

}  // namespace brood
