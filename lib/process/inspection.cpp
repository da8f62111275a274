#include "process/inspection.hpp"

#include "process/await_stack.hpp"
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
#include <string_view>

namespace brood {

namespace detail {
namespace {

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

std::vector<message_info> mailbox_of(process_control& p, std::size_t most) {
  struct showing {
    process_control& p;
    explicit showing(process_control& shown) noexcept : p(shown) { p.shows_mailbox = true; }
    ~showing() { p.shows_mailbox = false; }
  } const here(p);
  std::vector<message_info> messages;
  messages.reserve(std::min<std::size_t>(p.queue.count(), most));
  for (envelope* const* at = p.queue.first(); *at && messages.size() < most; at = &(*at)->next)
    messages.push_back({demangle(*(*at)->type->type), text_or_type(**at), (*at)->block_size()});
  return messages;
}

// The counts are of all; of each list so many are copied.
void describe_relations(process_relations& r, process_info& info, std::size_t most) {
  const auto add = [most](auto& list, std::size_t& count, auto&& entry) {
    if (count++ < most)
      list.push_back(entry());
  };
  r.links.for_each([&](std::uint64_t id, const link_state& link) {
    if (link.unlink_id == 0)
      add(info.links, info.link_count, [&] { return pid::from_bits(id); });
  });
  r.monitors.for_each([&](std::uint64_t number, const watching& w) {
    if ((number & hidden_monitor) != 0)
      return;
    add(info.monitors, info.monitor_count, [&] {
      const auto named = r.monitor_names.find(number);
      return monitored{pid::from_bits(w.target), named == r.monitor_names.end() ? std::string() : named->second};
    });
  });
  std::size_t suspending = 0;
  r.monitored_by.for_each([&](std::uint64_t number, const watcher& w) {
    const bool hidden = (number & hidden_monitor) != 0;
    add(hidden ? info.suspending : info.monitored_by, hidden ? suspending : info.monitored_by_count,
        [&] { return pid::from_bits(w.pid); });
  });
  std::sort(info.suspending.begin(), info.suspending.end());
  std::sort(info.links.begin(), info.links.end());
  std::sort(info.monitored_by.begin(), info.monitored_by.end());
  std::sort(info.monitors.begin(), info.monitors.end(), [](const monitored& a, const monitored& b) { return a.who < b.who; });
}

// What it has asked, if it waits for an answer.
void describe_wait(process_control& p, process_info& info) {
  info.waits = waiting_place(p);
  const std::int64_t deadline = p.deadline.load(std::memory_order_relaxed);
  const bool armed = deadline > 0 && deadline != no_deadline;  // else its time has not begun to run, or it has no limit
  const auto at = [](std::int64_t ns) { return process_clock::time_point(process_clock::duration(ns)); };
  if (armed)
    info.waits_until = at(deadline);
  if (!p.waits_answer)
    return;
  const auto& w = *static_cast<const answer_waiter*>(p.wait);
  info.answers_from = w.whom;
  if (w.asked)
    info.asks = demangle(*w.asked->type);
  if (armed)
    info.waits_since = at(deadline - w.limit.count());
}

}  // namespace

std::string text_of_wait(const process_info& info) {
  std::string text = "waits";
  if (info.waits)
    text += fmt::format(FMT_COMPILE(" at {}:{}"), info.waits->file, info.waits->line);
  if (info.answers_from) {
    text += " for the answer of " + to_string(info.answers_from);
    if (!info.asks.empty())
      text += " to " + info.asks;
    return text;
  }
  if (!info.waits || info.waits->types.empty())
    return text + " for time or an answer";
  for (std::size_t i = 0; i < info.waits->types.size(); ++i)
    text += (i == 0 ? " for " : ", ") + info.waits->types[i];
  return text;
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
    describe_relations(*p.relations, info, with.most);
  info.trap_exits = p.traps;
  info.prio = p.level();
  info.parent = p.parent;
  info.function = function_of(p);
  if (p.spawned_at.line() != 0)
    info.function += fmt::format(FMT_COMPILE(" ({}:{})"), p.spawned_at.file_name(), p.spawned_at.line());
  if (p.wait)
    describe_wait(p, info);
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
    if (with.dictionary) {
      info.dictionary = x->dictionary.keys();
      info.dictionary.resize(std::min(info.dictionary.size(), with.most));
    }
  }
  if (with.messages)
    info.messages = mailbox_of(p, with.most);
  if (with.stack)
    info.stack = await_stack(p, with.most);
  return info;
}

}  // namespace detail

using namespace detail;

task<bool> is_alive(pid who) {
  co_return co_await detail::quietly(question_awaiter<bool, question, signal_kind::alive>(who, false));
}

task<std::optional<process_info>> inspect(pid who) { return inspect(who, {}); }

task<std::optional<process_info>> inspect(pid who, inspect_options with) {
  co_return co_await detail::quietly(
      question_awaiter<std::optional<process_info>, inspect_question, signal_kind::inspect>(who, std::nullopt, with));
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
