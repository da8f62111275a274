// The threads that the runtime starts: they have names (ps -L, top -H, a debugger), and the program's signals are not theirs.
//
// A handler of the program's then runs on a thread of the program's, never in the middle of a turn of some process.
#pragma once

#include <pthread.h>

#include <csignal>

namespace brood::detail {

// While it lives, the threads that this one starts begin with their signals blocked. What a thread's own instructions cause and
// what profilers send is let through.
class signals_blocked {
 public:
  signals_blocked() noexcept {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int wanted : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF, SIGVTALRM})
      sigdelset(&blocked, wanted);
    pthread_sigmask(SIG_BLOCK, &blocked, &before_);
  }
  signals_blocked(const signals_blocked&) = delete;
  ~signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

// At most 15 characters.
inline void name_this_thread(const char* name) noexcept { pthread_setname_np(pthread_self(), name); }

}  // namespace brood::detail
