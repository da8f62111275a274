// What can be told about a process from inside it.
#pragma once

#include "process/process_control.hpp"

#include <brood/inspect.hpp>

#include <optional>
#include <source_location>
#include <string>

namespace brood::detail {

process_info describe_process(process_control& p, inspect_options with = {});

// What counts against spawn_options::max_memory, the mailbox left out: control block, closure, relations.
std::size_t memory_besides_mailbox(const process_control& p);

// Where its innermost co_await that a user wrote is, not the library's. Without a line: it has not awaited yet.
std::source_location user_site(const process_control& p);

// Where it waits: the innermost co_await that a user wrote, not the library's. Empty before the first.
std::optional<waiting_at> waiting_place(const process_control& p);

// file:line of the spawn, or the callable's name where that is not known.
std::string spawn_place(const process_control& p);

}  // namespace brood::detail
