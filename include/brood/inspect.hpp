// Looking at processes from outside. Questions are signals: ordered after what the asker sent before.
#pragma once

#include <brood/pid.hpp>
#include <brood/process_dictionary.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace brood {

enum class process_status : std::uint8_t { waiting, runnable, running, exiting };

struct monitored {
  pid who;
  std::string name;  // if it is watched by name
};

struct waiting_at {
  std::string file;
  unsigned line;
  std::vector<std::string> types;  // it would take
};

struct process_info {
  std::string name, label;
  process_status status;
  std::size_t mailbox_length;
  std::vector<pid> links;
  std::vector<monitored> monitors;
  std::vector<pid> monitored_by;  // one entry a monitor
  bool trap_exits;
  priority prio;
  pid parent;
  std::string function;              // the callable it was spawned with, and where
  std::optional<waiting_at> waits;
  std::uint64_t reductions;
  std::size_t memory;                // bytes: control block, closure, mailbox
};

// False only after the name is released and everything it sent to the asker has arrived. OTP: erlang:is_process_alive/1
task<bool> is_alive(pid who);

// Empty for a dead process. inspect(self()) works. OTP: erlang:process_info/2
task<std::optional<process_info>> inspect(pid who);

// A snapshot: whoever is alive during the whole call is in it. Any thread. OTP: erlang:processes/0
std::vector<pid> processes();

// A word for reports and the observer. OTP: proc_lib:set_label/1
void set_label(std::string label);

// The running process's own. OTP: erlang:put/2, get/1
process_dictionary& dictionary();

}  // namespace brood
