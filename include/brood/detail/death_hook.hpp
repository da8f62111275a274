// Who else is told of a process's death: tables that are no processes and keep something of it, as a registry does.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/pid.hpp>

#include <memory>

namespace [[gnu::visibility("default")]] brood {
namespace detail {

class death_hook {
 public:
  virtual ~death_hook() = default;
  // In the dying process: its frames and messages are gone, nobody has been told yet. So whoever sees that it is dead finds
  // nothing of it in the table.
  virtual void died(pid who) noexcept = 0;
};

// From a process: the hook is to be told of its death, as long as somebody else keeps it alive. Told twice, it is told once.
// Returns self(); pid{} if it is too late for that, or the process is condemned: then nothing may be kept of it. Throws
// not_a_process, naming `call`.
BROOD_API pid tell_of_death(const std::shared_ptr<death_hook>& hook, const char* call);

// The running process; throws not_a_process, naming `call`.
BROOD_API pid caller_of(const char* call);

}  // namespace detail
}  // namespace brood
