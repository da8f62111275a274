// What can be told about a process from inside it.
#pragma once

#include "process/process_control.hpp"

#include <brood/inspect.hpp>

#include <string>

namespace brood::detail {

// "waits at store.cpp:12 for get, put", or for an answer, or for time.
std::string text_of_wait(const process_info& info);

process_info describe_process(process_control& p, inspect_options with = {});

// What counts against spawn_options::max_memory, the mailbox left out: control block, closure, relations.
std::size_t memory_besides_mailbox(const process_control& p);

// file:line of the spawn, or the callable's name where that is not known.
std::string spawn_place(const process_control& p);

}  // namespace brood::detail
