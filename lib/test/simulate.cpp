// The simulator: the runtime's own code on the calling thread, with chance and time from a seed.
#include <brood/simulate.hpp>

#include "process/death.hpp"
#include "process/inspection.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"
#include "process/timers.hpp"

#include <brood/exit.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace brood::detail {

namespace {

// Everything nondeterministic, drawn from the seed.
class simulated_platform final : public platform {
 public:
  explicit simulated_platform(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d) { simulated_ = true; }

  std::int64_t now() noexcept override { return now_; }
  std::uint64_t random() noexcept override {  // splitmix64
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint32_t budget() noexcept override {
    // Mostly long turns, now and then a very short one: a yield at any await.
    return random() % 4 == 0 ? 1 + static_cast<std::uint32_t>(random() % 8) : 2000;
  }
  std::size_t fetch_limit(std::size_t n) noexcept override { return random() % 2 == 0 ? n : 1 + random() % n; }
  driver_kind choose_driver(driver_kind kind, std::string*) override { return kind; }
  std::unique_ptr<driver> make_driver(driver_kind) override { return nullptr; }  // there are no threads to sleep
  void push(runnable* r) override { ready_.push_back(r); }
  runnable* pick() override {
    if (ready_.empty())
      return nullptr;
    std::swap(ready_[random() % ready_.size()], ready_.back());
    runnable* r = ready_.back();
    ready_.pop_back();
    return r;
  }
  bool idle() const noexcept { return ready_.empty(); }
  void jump_to(std::int64_t when) noexcept { now_ = std::max(now_, when); }

 private:
  std::uint64_t state_;
  std::int64_t now_ = 1'000'000'000;
  std::vector<runnable*> ready_;
};

std::string picture_of_waiting() {
  std::string text;
  process_table& table = process_table::instance();
  for (std::uint32_t i = 1; i < table.used(); ++i) {
    process_control& p = *table.at(i);
    if (!table.alive(p.self()))
      continue;
    const process_info info = describe_process(p);
    text += fmt::format("  {}{}{} waits", to_string(p.self()), info.name.empty() ? "" : " ", info.name);
    if (info.waits) {
      text += fmt::format(" at {}:{} for", info.waits->file, info.waits->line);
      for (const std::string& type : info.waits->types)
        text += " " + type;
      if (info.waits->types.empty())
        text += " time or an answer";
    }
    text += fmt::format("; {} unread", info.mailbox_length);
    for (envelope* const* at = p.queue.first(); *at; at = &(*at)->next)
      text += fmt::format("{} {}", at == p.queue.first() ? ":" : ",", demangle(*(*at)->type->type));
    text += "\n";
  }
  return text;
}

// One simulated run.
class simulation {
 public:
  explicit simulation(std::uint64_t seed)
      : seed_(seed), plat_(seed), rt_(options(), plat_), core_(static_cast<core&>(*rt_.sched.workers[0])) {
    set_this_core(&core_);
  }
  ~simulation() {
    shut_down();
    core_.slots.flush();
    drop_all_timers();
    set_this_core(nullptr);
  }

  void run(first_spawn first) {
    const spawned made = first.spawn(first.context, spawn_settings{});
    rt_.watch_first(made.process);
    exit_reason why;
    while (!rt_.first_has_ended(why))
      if (!step())
        throw simulation_failed(
            fmt::format("brood: nothing can run and no timer is set (seed {}):\n{}", seed_, picture_of_waiting()));
    if (std::exception_ptr thrown = why.exception())
      std::rethrow_exception(thrown);
    if (why != reason::normal)
      throw simulation_failed(fmt::format("brood: the first process ended with {} (seed {})", to_string(why), seed_));
  }

 private:
  static run_options options() {
    run_options o;
    o.stop_on_signals = false;
    return o;
  }

  // One turn of one process, or a jump to the next timer. False: neither is possible.
  bool step() {
    core_.serve_timers();
    if (runnable* r = plat_.pick()) {
      core_.run(r);
      return true;
    }
    const std::int64_t next = core_.next_deadline();
    if (next == driver::no_deadline)
      return false;
    plat_.jump_to(next);
    return true;
  }

  void shut_down() {
    const std::int64_t patience = plat_.now() + 1'000'000'000;
    for (const pid who : processes())
      order_to_stop(who);
    while (rt_.living() > 0 && plat_.now() < patience)
      if (!step())
        break;
    while (rt_.living() > 0) {  // in waves: the dying may spawn others
      for (const pid who : processes())
        exit(who, reason::kill);
      bool moves = true;
      for (std::size_t turns = rt_.living(); moves && turns > 0; --turns)
        moves = step();
      if (!moves)
        break;
    }
  }

  std::uint64_t seed_;
  simulated_platform plat_;
  runtime_core rt_;
  core& core_;
};

std::string command_line() {
  std::ifstream file("/proc/self/cmdline");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

}  // namespace

void simulate_first(std::uint64_t seed, first_spawn first) {
  simulation s(seed);
  s.run(first);
}

bool seed_from_environment(std::uint64_t& seed) {
  const char* text = std::getenv("BROOD_SEED");
  if (!text || !*text)
    return false;
  seed = std::strtoull(text, nullptr, 10);
  return true;
}

void print_failing_seed(std::uint64_t seed) noexcept {
  fmt::print(stderr, "brood: failed under seed {}; replay: BROOD_SEED={} {}\n", seed, seed, command_line());
}

}  // namespace brood::detail
