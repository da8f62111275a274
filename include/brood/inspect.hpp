// Looking at processes from outside. Questions are signals: ordered after what the asker sent before.
//
//     if (auto info = co_await inspect(worker))
//       std::cout << info->name << " has " << info->mailbox_length << " unread messages";
#pragma once

#include <brood/detail/api.hpp>
#include <brood/pid.hpp>
#include <brood/process_dictionary.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] brood {

enum class process_status : std::uint8_t { waiting, runnable, running, exiting, suspended };

struct monitored {
  pid who;
  std::string name;  // if it is watched by name
};

struct waiting_at {
  std::string file;
  unsigned line;
  std::vector<std::string> types;  // it would take
  std::string function = {};       // the coroutine that the await stands in, as the compiler names it
};

// One unread message.
struct message_info {
  std::string type;   // its name
  std::string text;   // as flush would print it
  std::size_t bytes;  // it takes, without what it owns elsewhere
};

// What to include that costs time in proportion to what there is.
struct inspect_options {
  bool messages = false;
  bool dictionary = false;
  bool stack = false;
  std::size_t most = unlimited;  // entries of each list: links, monitors, messages, keys, awaits; the counts are of all
};

struct process_info {
  std::string name, label;
  process_status status;
  std::size_t mailbox_length;
  std::size_t link_count, monitor_count, monitored_by_count;
  std::vector<pid> links;
  std::vector<monitored> monitors;
  std::vector<pid> monitored_by;  // one entry a monitor
  bool trap_exits;
  priority prio;
  pid parent;
  std::string function;              // the callable it was spawned with, and where; of a function its type, until it has awaited
  std::optional<waiting_at> waits;   // where its user's code waits; of a process of the library's own: where it was spawned
  pid answers_from;  // the process whose answer it waits for (call, start_link, a task's handle, inspect), or pid{}
  std::string asks;  // the type of its request, if that is a call
  std::optional<process_clock::time_point> waits_since;  // for that answer; empty when it would wait for ever
  std::optional<process_clock::time_point> waits_until;  // the end of its patience
  std::uint64_t reductions;
  std::size_t memory;  // bytes: control block, closure, mailbox (all of it as its oldest 1000 messages are)
  std::size_t max_mailbox;  // unread messages; `unlimited` if there is no limit
  std::size_t max_memory;
  std::size_t dropped;  // messages that an overflow dropped
  std::size_t senders_waiting;  // in send_wait
  std::vector<pid> suspending;  // those it has suspended (suspend_process)
  std::vector<message_info> messages;  // the mailbox, oldest first; if asked for
  std::vector<std::string> dictionary;  // its keys; if asked for
  std::vector<waiting_at> stack;  // its awaits, innermost first; if asked for
};

// False only after the name is released and everything it sent to the asker has arrived. OTP: erlang:is_process_alive/1
BROOD_API task<bool> is_alive(pid who);

// Empty for a dead process. inspect(self()) works. OTP: erlang:process_info/2
BROOD_API task<std::optional<process_info>> inspect(pid who);
// … with its messages, dictionary keys or stack: all of one moment, so mailbox_length is the number of messages.
BROOD_API task<std::optional<process_info>> inspect(pid who, inspect_options with);

// A snapshot: whoever is alive during the whole call is in it. Any thread. OTP: erlang:processes/0
BROOD_API std::vector<pid> processes();

struct runtime_info {
  std::size_t processes, max_processes;  // alive; run_options::max_processes
  std::size_t schedulers;
  std::size_t names;  // registered
  std::size_t timers;  // that will send something
  std::size_t memory;  // bytes of frames, messages and control data; blocks that the schedulers keep ready count as in use
};

// The whole, at about this moment. All zero when no runtime is running. Any thread. OTP: erlang:system_info/1, memory/0
BROOD_API runtime_info inspect_runtime();

// A word for reports and the observer. OTP: proc_lib:set_label/1
BROOD_API void set_label(std::string label);

// The running process's own. OTP: erlang:put/2, get/1
BROOD_API process_dictionary& dictionary();

}  // namespace brood
