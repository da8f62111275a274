#include "process/runtime_core.hpp"

#include "process/blocking_pool.hpp"
#include "process/inspection.hpp"
#include "process/real_platform.hpp"
#include "process/report_writer.hpp"
#include "process/signals.hpp"
#include "process/system_watch.hpp"
#include "process/timers.hpp"

#include <brood/errors.hpp>
#include <brood/exit.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

namespace brood::detail {

namespace {

std::atomic<runtime_core*> running{nullptr};
std::atomic<std::uint64_t> references{0};

// References are handed to threads in blocks, so that making one touches no shared memory.
constexpr std::uint64_t block = 1024;
struct reference_block {
  std::uint64_t next = 0, end = 0;
};
thread_local reference_block my_references [[gnu::tls_model("initial-exec")]];

std::size_t schedulers_wanted(std::size_t option) {
  if (const char* text = std::getenv("BROOD_SCHEDULERS"); text && *text) {
    char* end = nullptr;
    const unsigned long n = std::strtoul(text, &end, 10);
    if (*end != '\0' || n == 0 || n > idle_mask<>::capacity)
      throw std::invalid_argument(fmt::format(
          "brood: BROOD_SCHEDULERS={} is no number of schedulers: set it to 1 to {}, or unset it", text, idle_mask<>::capacity));
    return n;
  }
  if (option > idle_mask<>::capacity)
    throw std::invalid_argument(fmt::format("brood: run_options::schedulers = {}: at most {}", option, idle_mask<>::capacity));
  if (option != 0)
    return option;
  return std::min<std::size_t>(std::max(1u, std::thread::hardware_concurrency()), idle_mask<>::capacity - 8);
}

driver_kind driver_wanted(io_backend option) {
  if (const char* text = std::getenv("BROOD_IO"); text && *text) {
    if (std::strcmp(text, "uring") == 0)
      return driver_kind::uring;
    if (std::strcmp(text, "epoll") == 0)
      return driver_kind::epoll;
    throw std::invalid_argument(fmt::format("brood: BROOD_IO={} names no back end: set it to uring or epoll, or unset it", text));
  }
  return option == io_backend::uring   ? driver_kind::uring
         : option == io_backend::epoll ? driver_kind::epoll
                                       : driver_kind::automatic;
}

scheduler::settings scheduler_settings(const run_options& options, const platform& plat) {
  scheduler::settings s;
  s.workers = plat.simulated() ? options.schedulers : schedulers_wanted(options.schedulers);
  s.spares = plat.simulated() ? 0 : std::min(options.max_spares, idle_mask<>::capacity - s.workers);
  s.stack_size = options.stack_size;
  s.io = plat.simulated() ? driver_kind::epoll : driver_wanted(options.io);
  return s;
}

std::unique_ptr<worker> make_core(scheduler& sched, unsigned index) { return std::make_unique<core>(sched, index); }

core& core_of(worker& w) noexcept { return static_cast<core&>(w); }

}  // namespace

runtime_core::runtime_core(const run_options& options, platform& p)
    : outside_slots(p.simulated() ? 0 : slot_cache::cool_down),
      plat(p),
      sched(scheduler_settings(options, p), p, &make_core),
      grace(options.grace),
      max_processes_(options.max_processes) {
  if (options.max_processes == 0 || options.max_processes >= process_table::capacity)
    throw std::invalid_argument(fmt::format("brood: run_options::max_processes must be 1 to {}", process_table::capacity - 1));
  if (options.grace.negative())
    throw std::invalid_argument("brood: run_options::grace can't be negative");
  if (!plat.simulated())
    claim();
  sem_init(&gate_, 0, 0);
  set_high_water(options.high_water);
  permit_batch_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(options.max_processes / (sched.workers.size() * 256), 1, 64));
  permits_ = static_cast<std::int64_t>(options.max_processes);
  if (!sched.io_note.empty())
    say(fmt::format("brood: {}\n", sched.io_note));
}

void runtime_core::claim() {
  runtime_core* none = nullptr;
  if (!running.compare_exchange_strong(none, this))
    throw std::logic_error(
        "brood: a runtime is running already, and there can be but one: wait for run() to return, or stop() the other");
}

void runtime_core::begin_run() {
  claim();
  permits_.store(static_cast<std::int64_t>(max_processes_), std::memory_order_relaxed);
  for (const auto& w : sched.workers) {
    core& c = core_of(*w);
    c.quota.store(0, std::memory_order_relaxed);
    c.waits.start_over();
    c.sends.start_over();
    c.note_served();
    c.failure = nullptr;
  }
  first_.store(0, std::memory_order_relaxed);
  first_ended_.store(false, std::memory_order_relaxed);
  first_why_ = exit_reason();
  simulated_references_ = 0;
  outside_slots.start_over(process_table::instance().used());
}

void runtime_core::end_run() noexcept { running.store(nullptr); }

runtime_core::~runtime_core() {
  stop();
  if (!plat.simulated())
    running.store(nullptr);
  sem_destroy(&gate_);
}

runtime_core* runtime_core::get() noexcept { return running.load(std::memory_order_acquire); }

std::int64_t runtime_core::now() noexcept {
  runtime_core* rt = get();
  return rt ? rt->plat.now() : real_platform::instance().now();
}

std::uint64_t runtime_core::next_reference() noexcept {
  if (simulating()) [[unlikely]]
    return ++get()->simulated_references_;
  reference_block& mine = my_references;
  if (mine.next == mine.end) {
    mine.next = references.fetch_add(block, std::memory_order_relaxed) + 1;
    mine.end = mine.next + block;
  }
  return mine.next++;
}

void runtime_core::take_permit(core* c) {
  if (c) {
    const std::uint32_t quota = c->quota.load(std::memory_order_relaxed);
    if (quota > 0)
      return c->quota.store(quota - 1, std::memory_order_relaxed);
  }
  const std::int64_t wanted = c ? permit_batch_ : 1;
  std::int64_t there = permits_.load(std::memory_order_relaxed);
  std::int64_t got;
  do {
    got = std::min(wanted, there);
    if (got <= 0)
      throw too_many_processes(max_processes_);
  } while (!permits_.compare_exchange_weak(there, there - got, std::memory_order_relaxed));
  if (c)
    c->quota.store(static_cast<std::uint32_t>(got - 1), std::memory_order_relaxed);
}

void runtime_core::process_ended(core& c) noexcept {
  // Release: whoever counts nobody left sees what the last one did.
  c.quota.store(c.quota.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  if (permit_batch_ == 1)
    return_quota(c, 0);
  else if (c.quota.load(std::memory_order_relaxed) >= 2 * permit_batch_)
    return_quota(c, permit_batch_);
}

void runtime_core::return_quota(core& c, std::uint32_t keep) noexcept {
  const std::uint32_t quota = c.quota.load(std::memory_order_relaxed);
  if (quota <= keep)
    return;
  c.quota.store(keep, std::memory_order_relaxed);
  permits_.fetch_add(quota - keep, std::memory_order_acq_rel);
}

std::size_t runtime_core::living() const noexcept {
  // A permit on its way from a core to the pool is missed by both: it counts as living, which errs on the safe side.
  std::int64_t free = 0;
  for (const auto& w : sched.workers)
    free += core_of(*w).quota.load(std::memory_order_acquire);
  free += permits_.load(std::memory_order_acquire);
  return static_cast<std::size_t>(std::max<std::int64_t>(0, static_cast<std::int64_t>(max_processes_) - free));
}

void runtime_core::note_end(process_control& p) {
  if (p.kept)
    ends.note(p.self(), p.why);
  if (!is_first(p))
    return;
  std::lock_guard guard(lock_);
  first_ended_ = true;
  first_why_ = p.why;
  sem_post(&gate_);
}

exit_reason runtime_core::wait_for_first(const std::function<bool()>& interrupted) {
  exit_reason why;
  for (bool told = false; !first_has_ended(why); sem_wait(&gate_))
    if (!told && interrupted()) {
      told = true;
      exit(pid::from_bits(first_.load()), reason::shutdown);
    }
  return why;
}

bool runtime_core::first_has_ended(exit_reason& why) {
  std::lock_guard guard(lock_);
  why = first_why_;
  return first_ended_;
}

template <class Send>
void runtime_core::broadcast(Send send) {
  process_table& table = process_table::instance();
  for (std::uint32_t i = 1; i < table.used(); ++i) {
    const pid who = pid::from_bits(table.at(i)->id.load(std::memory_order_relaxed));
    if (table.alive(who))
      send(who);
  }
}

bool runtime_core::wait_until_empty(std::int64_t for_ns) {
  using namespace std::chrono;
  const auto begin = steady_clock::now();
  for (auto pause = microseconds(20); living() > 0; pause = std::min(pause * 2, microseconds(2000))) {
    if (steady_clock::now() - begin > nanoseconds(for_ns))
      return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

void runtime_core::stop() {
  if (stopped_ || plat.simulated())
    return;
  stopped_ = true;
  const std::int64_t patience = grace.infinite() ? driver::no_deadline : grace.count();
  if (living() > 0) {
    broadcast(order_to_stop);
    if (!wait_until_empty(patience)) {
      killing_all_.store(true, std::memory_order_relaxed);  // who doesn't see it yet spawns what the next round kills
      const auto begin = std::chrono::steady_clock::now();
      do {
        broadcast([](pid who) noexcept { transmit_always(who, make_exit(exit_type, pid{}, reason::kill)); });
        if (wait_until_empty(50'000'000))
          break;
        if (patience / 100 < (std::chrono::steady_clock::now() - begin).count() / 1000)
          give_up();
      } while (living() > 0);
    }
  }
  {
    std::lock_guard guard(blocking_lock_);
    blocking_.reset();
  }
  sched.stop();
  drop_all_timers();
  outside_slots.flush();
  flush_reports_within(grace);
}

// A process that never suspends can't be destroyed, and its frame can't be left behind.
void runtime_core::give_up() {
  std::string text =
      "brood: these processes did not suspend within 10 x run_options::grace after they were killed; await something in "
      "long loops (co_await yield()), or move the work to co_await blocking(f):\n";
  process_table& table = process_table::instance();
  std::size_t named = 0;
  for (std::uint32_t i = 1; i < table.used() && named < 20; ++i)
    if (process_control* p = table.at(i); table.alive(pid::from_bits(p->id.load(std::memory_order_relaxed)))) {
      ++named;
      text += fmt::format("  {} spawned at {}\n", to_string(p->self()), spawn_place(*p));
    }
  if (const std::size_t all = living(); all > named)
    text += fmt::format("  and {} more\n", all - named);
  say(std::move(text));
  flush_reports_within(std::chrono::seconds(1));
  std::terminate();
}

blocking_pool& runtime_core::blocking() {
  std::lock_guard guard(blocking_lock_);
  if (!blocking_)
    blocking_ = std::make_unique<blocking_pool>();
  return *blocking_;
}

}  // namespace brood::detail
