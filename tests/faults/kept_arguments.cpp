// What a supervisor keeps of its children.
#include "fault.hpp"

#include <memory>

namespace {

process keeper() { co_await supervise(supervisor_options{.strategy = dynamic}); }

}  // namespace

// A supervisor kept the arguments of a temporary child, which it never starts again, for the child's life: what the child had let go
// stayed open. Must: they are gone once the child has started. A permanent child's are kept.
FAULT(arguments_of_a_temporary_child_are_kept) {
  return run([]() -> process {
    const pid supervisor = *co_await start(start_options{}, keeper);
    const auto resource = std::make_shared<int>(1);
    const auto lets_go = [](std::shared_ptr<int> held) -> process {
      held.reset();
      co_await receive<int>();
    };
    (void)co_await start_child(supervisor, child(lets_go, resource).temporary());
    co_await sleep(10ms);
    must(resource.use_count() == 1, "nobody holds what the child let go");
    (void)co_await start_child(supervisor, child(lets_go, resource).permanent());
    co_await sleep(10ms);
    must(resource.use_count() == 2, "a child that may be restarted has its arguments kept");
  });
}
