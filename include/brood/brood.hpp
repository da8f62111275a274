// Brood: Erlang/OTP processes as C++20 coroutines. This header brings in everything except the fmt formatters (<brood/fmt.hpp>).
#pragma once

// ---- Processes
#include <brood/flags.hpp>               // a process's own priority and mailbox limit
#include <brood/pid.hpp>                 // the number of a process
#include <brood/process.hpp>             // the coroutine that a process runs
#include <brood/process_dictionary.hpp>  // variables of a process
#include <brood/spawn.hpp>               // a new process; start.hpp: one that says when it has started
#include <brood/suspend_process.hpp>     // stop the turns of another process for a while
#include <brood/task.hpp>                // a coroutine that a process awaits; task_handle.hpp: one that runs beside it

// ---- Messages
#include <brood/address.hpp>      // a pid that takes only the messages of a protocol
#include <brood/destination.hpp>  // where to: a pid, a name, an alias, an entry of a registry
#include <brood/message.hpp>      // what may be sent; any_message
#include <brood/receive.hpp>      // receive: handlers, values, guards, after
#include <brood/send.hpp>         // self, send and its kin

// ---- Failure
#include <brood/errors.hpp>       // the exceptions that the library throws
#include <brood/exit.hpp>         // exit, link, trap_exits
#include <brood/exit_reason.hpp>  // why a process ended
#include <brood/monitor.hpp>      // DOWN messages
#include <brood/outcome.hpp>      // a value, or why there is none
#include <brood/signals.hpp>      // the messages that signals become: exited, down

// ---- Time
#include <brood/apply_after.hpp>  // a function later, or again and again
#include <brood/blocking.hpp>     // a function that blocks, on a thread of its own
#include <brood/time.hpp>         // time_limit, sleep, yield
#include <brood/timers.hpp>       // a message later

// ---- Names
#include <brood/names.hpp>     // a name for one process
#include <brood/pg.hpp>        // groups of processes
#include <brood/registry.hpp>  // processes by keys

// ---- Servers
#include <brood/already_started.hpp>  // the reason why a second server of a name does not start
#include <brood/call.hpp>             // call: a request and its reply
#include <brood/cast.hpp>             // cast: a request without a reply
#include <brood/request.hpp>          // how a server sees a call
#include <brood/send_request.hpp>     // calls whose replies are awaited later
#include <brood/serve.hpp>            // serve: the loop of a server, in a process
#include <brood/server.hpp>           // stop, suspend and inspect a server from outside
#include <brood/start.hpp>            // spawn, and wait until it says that it has started
#include <brood/stop_serving.hpp>     // leave the loop of a server

// ---- Supervision
#include <brood/child_spec.hpp>             // the description of a child that a supervisor starts
#include <brood/partition_supervisor.hpp>   // the same child, several times
#include <brood/supervisor.hpp>             // supervise, start_child and their kin
#include <brood/supervisor_options.hpp>     // strategy, intensity

// ---- Tasks and collections
#include <brood/agent.hpp>        // a value behind a process
#include <brood/await_many.hpp>   // several task handles at once
#include <brood/parallel.hpp>     // parallel_map and its kin
#include <brood/task_handle.hpp>  // a function in a process of its own, and its result
#include <brood/work_pool.hpp>    // jobs for a number of workers

// ---- Looking
#include <brood/describe.hpp>        // how a message is printed
#include <brood/inspect.hpp>         // the state of a process; the list of all; the runtime
#include <brood/report.hpp>          // crash reports, and where they go
#include <brood/system_monitor.hpp>  // long turns, long mailboxes

// ---- Testing
#include <brood/simulate.hpp>  // a run that a seed decides

// ---- Embedding
#include <brood/run.hpp>      // run: a program that is all processes
#include <brood/runtime.hpp>  // runtime: processes in a program of another kind
