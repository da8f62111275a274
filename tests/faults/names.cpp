// A name that is given at birth.
#include "fault.hpp"

namespace {

pid parent;
bool found = false;

// Moved while spawn prepares the child; asks then whether the child has its name.
struct curious {
  curious() = default;
  curious(const curious&) = default;
  curious(curious&&) noexcept {
    if (self() == parent && whereis("child")) {
      found = true;
      send("child", 42);
    }
  }
};

}  // namespace

// whereis found a process by the name it was spawned with before it could receive, and the message to it was lost. Must: who is found
// receives.
// Output:
// as sent
FAULT(name_found_before_its_process) {
  return run([]() -> process {
    parent = self();
    spawn(
        spawn_options{.name = "child"},
        [](pid to, curious) -> process {
          const auto got = co_await receive<int>(within(200ms));
          send(to, got.has_value());
        },
        self(), curious());
    const bool received = co_await receive<bool>();
    say(received == found ? "as sent" : "lost");
  });
}
