#include "process/inspection.hpp"

#include "process/names.hpp"
#include "process/question.hpp"
#include "process/reporting.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/describe.hpp>
#include <brood/task.hpp>

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace brood {

namespace detail {
namespace {

// The folders of the library itself: an await there is not where a user waits.
std::string_view folder_of(const char* file, int up) {
  std::string_view path = file;
  for (int i = 0; i < up; ++i)
    path = path.substr(0, path.rfind('/'));
  return path;
}

bool inside_library(const std::source_location& site) {
  static const std::string_view sources = folder_of(__FILE__, 2);
  static const std::string_view headers = folder_of(include_marker(), 2);
  const std::string_view file = site.file_name();
  return file.starts_with(sources) || file.starts_with(headers);
}

process_status status_of(const process_control& p) {
  if (p.exiting)
    return process_status::exiting;
  if (p.held)
    return process_status::suspended;
  if (&p == running_process() && !p.wait && p.started && !p.yielding)
    return process_status::running;
  if (p.wait)
    return process_status::waiting;
  return process_status::runnable;
}

// To be looked at often costs a process the same however much it has not read: beyond the oldest thousand the rest is taken to be
// like these. A limited mailbox keeps count.
std::size_t mailbox_bytes(const process_control& p) {
  if (p.limited)
    return p.extra->mailbox_bytes;
  std::size_t bytes = 0, seen = 0;
  for (envelope* const* at = p.queue.first(); *at && seen < 1000; at = &(*at)->next, ++seen)
    bytes += (*at)->block_size();
  return seen == 0 ? 0 : bytes * p.queue.count() / seen;
}

std::vector<message_info> mailbox_of(process_control& p) {
  struct showing {
    process_control& p;
    explicit showing(process_control& shown) noexcept : p(shown) { p.shows_mailbox = true; }
    ~showing() { p.shows_mailbox = false; }
  } const here(p);
  std::vector<message_info> messages;
  messages.reserve(p.queue.count());
  for (envelope* const* at = p.queue.first(); *at; at = &(*at)->next)
    messages.push_back({demangle(*(*at)->type->type), text_or_type(**at), (*at)->block_size()});
  return messages;
}

// Every await that a user wrote, innermost first.
std::vector<waiting_at> stack_of(const process_control& p) {
  std::vector<waiting_at> stack;
  std::source_location site = p.site;
  for (const frame_base* f = p.top;; f = f->parent) {
    if (site.line() != 0 && !inside_library(site))
      stack.push_back({site.file_name(), site.line(), {}});
    if (!f || !f->parent || f->parent == f)
      return stack;
    site = static_cast<const task_frame*>(f)->awaited_at;
  }
}

void describe_relations(process_relations& r, process_info& info) {
  r.links.for_each([&](std::uint64_t id, const link_state& link) {
    if (link.unlink_id == 0)
      info.links.push_back(pid::from_bits(id));
  });
  r.monitors.for_each([&](std::uint64_t number, const watching& w) {
    if ((number & hidden_monitor) != 0)
      return;
    const auto named = r.monitor_names.find(number);
    info.monitors.push_back({pid::from_bits(w.target), named == r.monitor_names.end() ? std::string() : named->second});
  });
  r.monitored_by.for_each([&](std::uint64_t number, const watcher& w) {
    ((number & hidden_monitor) != 0 ? info.suspending : info.monitored_by).push_back(pid::from_bits(w.pid));
  });
  std::sort(info.suspending.begin(), info.suspending.end());
  std::sort(info.links.begin(), info.links.end());
  std::sort(info.monitored_by.begin(), info.monitored_by.end());
  std::sort(info.monitors.begin(), info.monitors.end(), [](const monitored& a, const monitored& b) { return a.who < b.who; });
}

}  // namespace

std::source_location user_site(const process_control& p) {
  std::source_location site = p.site;
  for (frame_base* f = p.top; f && inside_library(site) && f->parent && f->parent != f; f = f->parent)
    site = static_cast<task_frame*>(f)->awaited_at;
  return site;
}

std::optional<waiting_at> waiting_place(const process_control& p) {
  const std::source_location site = user_site(p);
  if (site.line() == 0)
    return std::nullopt;
  waiting_at at{site.file_name(), site.line(), {}};
  if (p.wait && p.kind)
    for (unsigned i = 0; i < p.kind->type_count; ++i)
      at.types.push_back(p.kind->types[i] ? demangle(*p.kind->types[i]->type) : "any_message");
  return at;
}

std::string spawn_place(const process_control& p) {
  if (p.spawned_at.line() != 0)
    return fmt::format(FMT_COMPILE("{}:{}"), p.spawned_at.file_name(), p.spawned_at.line());
  return demangle(*p.info->callable);
}

std::size_t memory_besides_mailbox(const process_control& p) {
  std::size_t bytes = sizeof(process_control) + (p.outside_closure ? p.info->size : 0);
  if (p.extra)
    bytes += sizeof(process_extra);
  if (const process_relations* r = p.relations)
    bytes += sizeof(process_relations) + r->links.bytes() + r->monitors.bytes() + r->monitored_by.bytes() + r->aliases.bytes() +
             r->end_watches.bytes();
  return bytes;
}

process_info describe_process(process_control& p, inspect_options with) {
  process_info info{};
  info.name = name_of(p.self());
  if (p.extra)
    info.label = p.extra->label;
  info.status = status_of(p);
  info.mailbox_length = p.queue.count();
  if (p.relations)
    describe_relations(*p.relations, info);
  info.trap_exits = p.traps;
  info.prio = p.level();
  info.parent = p.parent;
  info.function = p.spawned_at.line() != 0
                      ? fmt::format("{} ({}:{})", demangle(*p.info->callable), p.spawned_at.file_name(), p.spawned_at.line())
                      : demangle(*p.info->callable);
  if (p.wait)
    info.waits = waiting_place(p);
  if (core* c = this_core(); c && c->current == &p)
    charge(*c, p);
  info.reductions = p.reductions;
  info.memory = memory_besides_mailbox(p) + mailbox_bytes(p);
  info.max_mailbox = info.max_memory = unlimited;
  if (const process_extra* x = p.extra) {
    info.max_mailbox = x->max_mailbox;
    info.max_memory = x->max_memory;
    info.dropped = x->dropped;
    info.senders_waiting = x->room_line.size();
    if (with.dictionary)
      info.dictionary = x->dictionary.keys();
  }
  if (with.messages)
    info.messages = mailbox_of(p);
  if (with.stack)
    info.stack = stack_of(p);
  return info;
}

}  // namespace detail

using namespace detail;

task<bool> is_alive(pid who) { co_return co_await question_awaiter<bool, question, signal_kind::alive>(who, false); }

task<std::optional<process_info>> inspect(pid who) { return inspect(who, {}); }

task<std::optional<process_info>> inspect(pid who, inspect_options with) {
  co_return co_await question_awaiter<std::optional<process_info>, inspect_question, signal_kind::inspect>(who, std::nullopt, with);
}

std::vector<pid> processes() {
  std::vector<pid> all;
  process_table& table = process_table::instance();
  for (std::uint32_t i = 1; i < table.used(); ++i) {
    const pid who = pid::from_bits(table.at(i)->id.load(std::memory_order_relaxed));
    if (table.alive(who))
      all.push_back(who);
    if (simulating() && all.size() == runtime_core::get()->living()) [[unlikely]]
      break;  // a run's slots are the first ones; an earlier run may have used a million
  }
  return all;
}

void set_label(std::string label) { extra_of(require_process("set_label()")).label = std::move(label); }

process_dictionary& dictionary() { return extra_of(require_process("dictionary()")).dictionary; }

}  // namespace brood
