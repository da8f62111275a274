// Ending processes, and links, which make processes die together.
//
// All but exit(pid, why), which any thread may call, are about the calling process and throw not_a_process where there is none.
//
//     trap_exits();
//     pid child = spawn_link([] { throw std::runtime_error("oops"); });
//     auto [who, why] = co_await receive<exited>(child);
//     if (why.is_error())
//       exit(reason::shutdown_with(why.what()));
#pragma once

#include <brood/detail/api.hpp>
#include <brood/errors.hpp>
#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>
#include <brood/signals.hpp>

namespace [[gnu::visibility("default")]] brood {

// Ends this process by unwinding: throws `exiting`, which may be caught. OTP: erlang:exit/1
BROOD_API [[noreturn]] void exit(exit_reason why);

// Sends an exit signal. Nothing happens to a dead process. The receiver's code can't catch it: `kill` ends any process with
// reason killed; others end it unless it traps exits (then it gets `exited{self(), why}`) or why is normal. It takes effect when
// the receiver next suspends. Aimed at self() and fatal: condemned at once (what it sends, spawns, links or registers from then
// on is dropped), ended at its next suspension. OTP: erlang:exit/2
BROOD_API void exit(pid who, exit_reason why);

// Sets whether exit signals become `exited` messages; returns the old setting. Decided when a signal is received,
// not when it is sent. OTP: erlang:process_flag(trap_exit, Boolean)
BROOD_API bool trap_exits(bool on = true);

// Links this process and `who` in both directions; at most one link a pair; link(self()) does nothing. A dead `who`: throws
// noproc_error, or, when trapping exits, `exited{who, noproc}` arrives. OTP: erlang:link/1
BROOD_API void link(pid who);

// Removes the link, whoever made it. After it returns the other's death has no effect on this process; an `exited` message
// already queued stays. No error for the dead or the never linked. OTP: erlang:unlink/1
BROOD_API void unlink(pid who);

// The C library's functions of these names would be called silently.
void exit(int) = delete;  // brood: exit(why) ends the process: exit(exit_reason(3)); to leave the program return from main
void unlink(const char*) = delete;

}  // namespace brood
