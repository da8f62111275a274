// How a runtime ends: lib/DESIGN.md, "How it ends".
#include "base/barrier.hpp"
#include "process/blocking_pool.hpp"
#include "process/door.hpp"
#include "process/inspection.hpp"
#include "process/names.hpp"
#include "process/report_writer.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/supervises.hpp"
#include "process/timers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <utility>

namespace brood::detail {

namespace {

using namespace std::chrono;

constexpr std::int64_t for_ever = promised_times::for_ever;
constexpr std::int64_t word_after = nanoseconds(5s).count();
constexpr std::size_t most_named = 20;

// Tells everybody who lives.
template <class Send>
void broadcast(Send send) {
  process_table& table = process_table::instance();
  for (std::uint32_t i = 1; i < table.used(); ++i) {
    const pid who = pid::from_bits(table.at(i)->id.load(std::memory_order_relaxed));
    if (table.alive(who))
      send(who);
  }
}

std::string name_and_blank(pid who) {
  std::string name = name_of(who);
  return name.empty() ? name : '(' + name + ") ";
}

// A line each for the first of those who live, and what `more` says of each; at the end of a text.
template <class More>
std::string list_of_living(More more) {
  std::string text;
  std::size_t all = 0;
  broadcast([&](pid who) {
    if (++all <= most_named)
      text += fmt::format("  {} {}{}\n", to_string(who), name_and_blank(who), more(who));
  });
  if (all > most_named)
    text += fmt::format("  and {} more\n", all - most_named);
  return text;
}

// Looks again and again, soon at first.
class patient_look {
 public:
  void rest() {
    std::this_thread::sleep_for(pause_);
    pause_ = std::min(pause_ * 2, microseconds(2000));
  }

 private:
  microseconds pause_{20};
};

}  // namespace

// Where the end of the processes has come to; times are the platform's.
struct ending {
  std::int64_t begin;
  std::int64_t next_kill = 0;
  std::int64_t kill_pause = nanoseconds(50ms).count();
  std::int64_t trees_killed_since = for_ever;
  bool said = false;
};

std::int64_t runtime_core::patience() const noexcept { return grace.infinite() ? for_ever : grace.count(); }

bool runtime_core::stop() {
  if (stopped_ || plat.simulated())
    return orderly_;
  stopped_ = true;
  newcomers_door.close();
  end_processes();
  {
    std::lock_guard guard(blocking_lock_);
    if (blocking_ && !blocking_->stop(grace))
      orderly_ = false;
  }
  sched.stop();
  drop_all_timers();
  outside_slots.flush();
  ends->close();
  say_who_was_killed();
  flush_reports_within(grace);
  return orderly_ = orderly_ && killed_ == 0;
}

void runtime_core::end_processes() {
  ending e{.begin = plat.now()};
  // Who is on the way in is told with the others, or, if that takes long, killed.
  for (patient_look look; !newcomers_door.empty() && plat.now() - e.begin < patience();)
    look.rest();
  if (living() > 0)
    broadcast(order_to_stop);
  for (patient_look look; !everybody_has_ended(); look.rest())
    kill_late_ones(e);
}

// Closes the visitors' door as soon as only attendants are left, and makes sure that nobody is born after the last has ended.
bool runtime_core::everybody_has_ended() {
  const std::int64_t attended = attendants_.load(std::memory_order_relaxed);
  const auto alive = static_cast<std::int64_t>(living());
  if (alive > std::min(attended, attendants_.load(std::memory_order_relaxed)))
    return false;
  visitors_door.close();
  if (!visitors_door.empty() || living() > 0)
    return false;
  if (kills() == killed::all)
    return true;
  refuse_newborns();
  barrier::heavy();  // a scheduler thread that did not see it has counted its newborn among the living
  if (living() == 0)
    return true;
  broadcast(order_to_stop);  // a late one: a message that a scheduler destroyed spawned it
  return false;
}

void runtime_core::kill_late_ones(ending& e) {
  const std::int64_t now = plat.now();
  if (!e.said && e.trees_killed_since == for_ever && now - e.begin > word_after) {
    e.said = true;
    say_who_is_late();
  }
  if (now - e.begin <= patience() || now < e.next_kill)
    return;
  if (now > promises.over_at(e.begin, patience()) && e.trees_killed_since == for_ever) {
    e.trees_killed_since = now;
    e.kill_pause = nanoseconds(50ms).count();
  }
  const bool all = e.trees_killed_since != for_ever;
  if (all && patience() / 100 < (now - e.trees_killed_since) / 1000)
    give_up();
  kills_.store(std::max(kills(), all ? killed::all : killed::strangers), std::memory_order_relaxed);
  // Who doesn't see that yet spawns what the next round kills.
  broadcast([all](pid who) noexcept { order_to_die(who, all); });
  e.next_kill = now + e.kill_pause;
  if (!all)
    e.kill_pause = std::min(e.kill_pause * 2, nanoseconds(1s).count());
}

void runtime_core::note_killed(const process_control& p, bool in_tree) noexcept {
  try {
    std::lock_guard guard(lock_);
    ++killed_;
    if (in_tree && ++killed_early_ <= most_named)
      killed_list_ += fmt::format("  {} {}spawned at {}\n", to_string(p.self()), name_and_blank(p.self()), spawn_place(p));
  } catch (...) {  // no memory for the list
  }
}

void runtime_core::say_who_was_killed() {
  if (killed_early_ == 0)
    return;
  std::string text =
      "brood: killed at the end, before their supervisors had stopped them: run_options::grace was over, and no supervisor was at "
      "stopping a child (one that waits for a child to start is not):\n" +
      killed_list_;
  if (killed_early_ > most_named)
    text += fmt::format("  and {} more\n", killed_early_ - most_named);
  say(std::move(text));
}

void runtime_core::say_who_is_late() {
  std::string text =
      "brood: the program has been ending for 5 s; run_options::grace, or the shutdown time that a supervisor gives its child, "
      "lets these go on:\n";
  text += list_of_living([](pid) { return ""; });
  say(std::move(text));
}

// A process that never suspends can't be destroyed, and its frame can't be left behind.
void runtime_core::give_up() {
  std::string text =
      "brood: these processes did not suspend within 10 x run_options::grace after they were killed; await something in long loops "
      "(co_await yield()), or move the work to co_await blocking(f):\n";
  text += list_of_living([](pid who) { return "spawned at " + spawn_place(*process_table::instance().find(who)); });
  if (!newcomers_door.empty() || !visitors_door.empty())
    text += "  and one that a thread of the program is still about to spawn: a constructor of its function or arguments waits\n";
  say(std::move(text));
  flush_reports_within(std::chrono::seconds(1));
  std::terminate();
}

}  // namespace brood::detail
