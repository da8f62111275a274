// What the stress shapes share: three sizes, three numbers of schedulers, and what must hold after each run.
//
//     TEST_CASE("ring: kill one") {
//       stress::shape([]() -> process { ... stress::sized(1'000, 1'000'000, 500) ... });
//     }
//
// A shape ends what it started: afterwards no process, name, group, timer, link or monitor may be left, and every counted message must
// be destroyed; the shapes about churn look at memory, too. BROOD_STRESS=full chooses the full size; tools/stress sets it.
#pragma once

#include "../spec/spec.hpp"

#include <cstdlib>
#include <string_view>

namespace stress {

inline bool full() {
  const char* size = std::getenv("BROOD_STRESS");
  return size && std::string_view(size) == "full";
}

// In a sanitizer's build the third; elsewhere the first, or the second when full.
inline int sized(int smoke, int full_size, int sanitizer) {
  if (spec::sanitized)
    return full() ? sanitizer : std::max(1, sanitizer / 4);
  return full() ? full_size : smoke;
}

// The full size, and the smoke size that a sanitizer's build makes a tenth of.
inline int sized(int full_size, int smoke) { return full() ? full_size : spec::sized(smoke, smoke / 10); }

// A message whose copies are counted.
class counted {
 public:
  explicit counted(int n = 0) noexcept : n(n) { ++living(); }
  counted(const counted& other) noexcept : n(other.n) { ++living(); }
  counted& operator=(const counted&) = default;
  ~counted() { --living(); }
  static std::atomic<long>& living() {
    static std::atomic<long> n = 0;
    return n;
  }
  int n;
};

// Kills these and waits until they are dead.
inline task<> kill_all(std::vector<pid> who) {
  std::vector<monitor_ref> watches;
  for (const pid p : who)
    watches.push_back(monitor(p));
  for (const pid p : who)
    exit(p, reason::kill);
  for (std::size_t i = 0; i < watches.size(); ++i)
    co_await receive<down>([&](const down& d) { return std::binary_search(watches.begin(), watches.end(), d.monitor); });
}

// That many DOWNs; how many of them with this reason.
inline task<int> downs(int n, exit_reason expected) {
  int right = 0;
  for (int i = 0; i < n; ++i)
    right += (co_await receive<down>()).why == expected;
  co_return right;
}

inline task<> nothing_is_left() {
  const auto patience = now() + 20s;
  while (processes().size() > 1 && now() < patience)
    co_await sleep(1ms);
  CHECK(processes().size() == 1);
  CHECK(registered().empty());
  CHECK(pg::groups().empty());
  CHECK(inspect_runtime().timers == 0);
  const auto info = co_await inspect(self());
  CHECK(info->links.empty());
  CHECK(info->monitors.empty());
}

template <class Body>
void run_shape(std::size_t schedulers, Body body) {
  INFO("schedulers: " << schedulers);
  std::optional<exit_reason> why;
  run_options options{.schedulers = schedulers, .grace = 10s};
  if (!spec::sanitized)
    options.stack_size = 256 * 1024;  // nothing may recurse
  run(options, [body, &why]() -> process {
    auto [child, watch] = spawn_monitor(body);
    const down end = co_await receive<down>(watch);  // named, as in spec.hpp: g++ 14
    why = end.why;
    co_await nothing_is_left();
  });
  spec::check_ended(why);
  CHECK(counted::living() == 0);
}

template <class Body>
void shape(Body body) {
  for (const std::size_t schedulers : {1, 2, 8})
    run_shape(schedulers, body);
}

}  // namespace stress
