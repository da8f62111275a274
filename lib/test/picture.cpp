#include "test/picture.hpp"

#include "process/await_stack.hpp"
#include "process/inspection.hpp"
#include "process/process_table.hpp"
#include "test/trace.hpp"

#include <brood/inspect.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace brood::detail {

namespace {

std::vector<process_control*> the_living() {
  std::vector<process_control*> all;
  for (const pid who : processes())
    all.push_back(process_table::instance().find(who));
  return all;
}

constexpr std::size_t most_shown = 20;

std::string unread_of(const process_control& p) {
  std::string text;
  std::size_t shown = 0;
  for (envelope* const* at = p.queue.first(); *at && shown < most_shown; at = &(*at)->next, ++shown)
    text += (shown == 0 ? ": " : ", ") + what_is(**at);
  return text + (p.queue.count() > shown ? ", ..." : "");
}

}  // namespace

std::string picture_of_waiting() {
  std::string text;
  std::size_t shown = 0;
  const std::vector<process_control*> all = the_living();
  for (process_control* p : all) {
    if (++shown > most_shown) {
      text += fmt::format("  ... and {} others\n", all.size() - most_shown);
      break;
    }
    const process_info info = describe_process(*p);
    text += fmt::format("  {}{} {}", who_is(p->self().bits()), info.label.empty() ? "" : fmt::format(" [{}]", info.label),
                        text_of_wait(info));
    text += fmt::format("; {} unread{}\n    spawned at {}\n", info.mailbox_length, unread_of(*p), spawn_place(*p));
  }
  return text;
}

std::string picture_of_the_busiest() {
  std::vector<process_control*> all = the_living();
  std::sort(all.begin(), all.end(), [](const process_control* a, const process_control* b) {
    return a->reductions != b->reductions ? a->reductions > b->reductions : a->self() < b->self();
  });
  all.resize(std::min<std::size_t>(all.size(), 5));
  std::string text;
  for (const process_control* p : all) {
    text += fmt::format("  {}: {} reductions, {} unread", who_is(p->self().bits()), p->reductions, p->queue.count());
    if (const auto at = waiting_place(*p))
      text += fmt::format(", at {}:{}", at->file, at->line);
    text += fmt::format(", spawned at {}\n", spawn_place(*p));
  }
  return text;
}

}  // namespace brood::detail
