#include "process/system_watch.hpp"

#include "process/await_stack.hpp"
#include "process/inspection.hpp"
#include "process/process_table.hpp"
#include "process/reporting.hpp"
#include "process/signals.hpp"

#include <brood/system_monitor.hpp>

#include <algorithm>
#include <bit>
#include <limits>
#include <mutex>
#include <stdexcept>

namespace brood {

namespace detail {

constinit std::atomic<std::uint32_t> mailbox_mark{std::numeric_limits<std::uint32_t>::max()};
constinit std::atomic<std::int64_t> long_turn{0};
constinit std::atomic<std::uint64_t> system_watcher{0};

namespace {

constexpr std::uint32_t weighed_from = 16;  // a mailbox is weighed when its length passes a quarter power of two from here on

struct watch_state {
  std::mutex lock;
  pid who;
  system_monitor_options wants;
  std::size_t high_water = unlimited;

  static watch_state& instance() {
    static auto* state = new watch_state;
    return *state;
  }

  // Under the lock.
  void publish() noexcept {
    system_watcher.store(who.bits(), std::memory_order_relaxed);
    long_turn.store(wants.long_schedule.infinite() ? 0 : std::max<std::int64_t>(1, wants.long_schedule.count()),
                    std::memory_order_relaxed);
    std::size_t mark = std::min(high_water, wants.long_message_queue);
    if (wants.large_mailbox != unlimited)
      mark = std::min<std::size_t>(mark, weighed_from);
    mailbox_mark.store(static_cast<std::uint32_t>(std::clamp<std::size_t>(mark, 1, std::numeric_limits<std::uint32_t>::max())),
                       std::memory_order_relaxed);
  }
  void end() noexcept {
    who = pid{};
    wants = {};
    publish();
  }
};

std::size_t bytes_unread(const process_control& p) noexcept {
  std::size_t bytes = 0;
  for (envelope* const* at = p.queue.first(); *at; at = &(*at)->next)
    bytes += (*at)->block_size();
  return bytes;
}

// Four steps each doubling: weighing all of a growing mailbox costs no more than its growth.
std::uint32_t step_of(std::uint32_t length) noexcept {
  const unsigned width = static_cast<unsigned>(std::bit_width(length));
  return width < 3 ? length : width * 4 + (length >> (width - 3) & 3);
}

std::string oldest_of(const process_control& p) {
  const envelope* oldest = *p.queue.first();
  return oldest ? demangle(*oldest->type->type) : std::string();
}

std::optional<waiting_at> wait_of(const process_control& p) { return p.wait ? waiting_place(p) : std::nullopt; }

}  // namespace

void mailbox_grew(process_control& p, std::uint32_t before) noexcept try {
  watch_state& watch = watch_state::instance();
  const std::uint32_t length = p.queue.count();
  std::unique_lock guard(watch.lock);
  const bool own = watch.who == p.self();
  bool warns = false;
  if (!p.piled_up && length >= std::min(watch.high_water, own ? unlimited : watch.wants.long_message_queue)) {
    p.piled_up = true;
    warns = length >= watch.high_water;
    if (!own && length >= watch.wants.long_message_queue)
      transmit_always(watch.who, make_message<long_message_queue_info>(
                                     long_message_queue_info{p.self(), true, length, oldest_of(p), wait_of(p)}));
  }
  if (!own && watch.wants.large_mailbox != unlimited && step_of(length) != step_of(before))
    if (const std::size_t bytes = bytes_unread(p); bytes >= watch.wants.large_mailbox)
      transmit_always(watch.who,
                      make_message<large_mailbox_info>(large_mailbox_info{p.self(), bytes, length, oldest_of(p), wait_of(p)}));
  guard.unlock();
  if (warns)
    report_high_water(p);  // may call a user's sink
} catch (...) {  // no memory for the news: the process must not suffer
}

void mailbox_shrank(process_control& p) noexcept try {
  watch_state& watch = watch_state::instance();
  const std::uint32_t length = p.queue.count();
  std::lock_guard guard(watch.lock);
  if (length > std::min(watch.high_water, watch.wants.long_message_queue) / 2)
    return;
  p.piled_up = false;
  if (watch.who && watch.wants.long_message_queue != unlimited && watch.who != p.self())
    transmit_always(watch.who, make_message<long_message_queue_info>(
                                   long_message_queue_info{p.self(), false, length, oldest_of(p), wait_of(p)}));
} catch (...) {}

void long_turn_note::tell(std::int64_t took_ns) const noexcept try {
  watch_state& watch = watch_state::instance();
  std::lock_guard guard(watch.lock);
  if (!watch.who || watch.who == who_)
    return;
  long_schedule_info news{who_, process_clock::duration(took_ns), {}};
  if (site_.line() != 0)
    news.since = waiting_at{site_.file_name(), site_.line(), {}, site_.function_name()};
  transmit_always(watch.who, make_message<long_schedule_info>(std::move(news)));
} catch (...) {}

void set_high_water(std::size_t messages) noexcept {
  watch_state& watch = watch_state::instance();
  std::lock_guard guard(watch.lock);
  watch.high_water = messages;
  watch.end();
}

void forget_watcher(pid who) noexcept {
  watch_state& watch = watch_state::instance();
  std::lock_guard guard(watch.lock);
  if (watch.who == who)
    watch.end();
}

}  // namespace detail

using namespace detail;

pid system_monitor(pid who, system_monitor_options options) {
  watch_state& watch = watch_state::instance();
  pid was;
  {
    std::lock_guard guard(watch.lock);
    was = watch.who;
    if (who && !process_table::instance().alive(who))
      throw std::invalid_argument("brood: system_monitor(who): the process is dead");
    watch.who = who;
    watch.wants = who ? options : system_monitor_options{};
    watch.publish();
  }
  // It may have died since it was looked at, before it could be forgotten.
  if (process_control* p = who ? process_table::instance().find(who) : nullptr; p && !process_table::instance().alive(who)) {
    std::lock_guard guard(watch.lock);
    if (watch.who == who)
      watch.end();
  }
  return was;
}

pid system_monitor() {
  watch_state& watch = watch_state::instance();
  std::lock_guard guard(watch.lock);
  return watch.who;
}

}  // namespace brood
