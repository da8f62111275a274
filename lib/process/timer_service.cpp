// The forms of timers that others are made into.
#include <brood/timers.hpp>

#include "process/signals.hpp"

#include <brood/send.hpp>

#include <utility>

namespace brood {

using namespace detail;

void cancel_timer_async(timer_ref timer, cancel_options options) {
  const pid asker = self();
  const std::optional<process_clock::duration> left = cancel_timer(timer);
  if (options.info)
    send(asker, timer_cancelled{timer, left});
}

void read_timer_async(timer_ref timer) { send(self(), timer_read{timer, read_timer(timer)}); }

timer_ref exit_after(time_limit limit, pid who, exit_reason why) {
  const process_control* p = running_process();
  const std::int64_t deadline = deadline_after(limit);
  const timer_ref timer = new_timer_ref();
  envelope_ptr signal(make_envelope<exited>(exit_type, exited{p ? p->self() : pid{}, std::move(why)}));
  arm_timer(timer, deadline, who, std::move(signal), 0, nullptr);
  return timer;
}

timer_ref kill_after(time_limit limit, pid who) { return exit_after(limit, who, reason::kill); }

}  // namespace brood
