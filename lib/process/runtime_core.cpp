#include "process/runtime_core.hpp"

#include "base/processors.hpp"
#include "process/blocking_pool.hpp"
#include "process/door.hpp"
#include "process/real_platform.hpp"
#include "process/report_writer.hpp"
#include "process/signals.hpp"
#include "process/system_watch.hpp"

#include <brood/errors.hpp>
#include <brood/exit.hpp>

#include <fmt/format.h>

#include <pthread.h>
#include <semaphore.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>

namespace brood::detail {

namespace {

std::atomic<std::uint64_t> runtimes{0};
std::atomic<bool> forked{false};
process_table* table_of_nobody = nullptr;
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
  return std::min<std::size_t>(processors_to_use(), idle_mask<>::capacity - 8);
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

// Not a runtime's: a signal handler may post it a moment after the runtime is gone.
sem_t& gate() noexcept {
  static sem_t* const made = [] {
    static sem_t s;
    sem_init(&s, 0, 0);
    return &s;
  }();
  return *made;
}

std::unique_ptr<worker> make_core(scheduler& sched, unsigned index) { return std::make_unique<core>(sched, index); }

core& core_of(worker& w) noexcept { return static_cast<core&>(w); }

}  // namespace

runtime_core::runtime_core(const run_options& options, platform& p)
    : outside_slots(p.simulated() ? 0 : slot_cache::cool_down),
      number(++runtimes),
      ends(std::make_shared<kept_ends>()),
      plat(p),
      sched(scheduler_settings(options, p), p, &make_core),
      grace(options.grace),
      max_processes_(options.max_processes) {
  if (options.max_processes == 0 || options.max_processes >= process_table::capacity)
    throw std::invalid_argument(fmt::format("brood: run_options::max_processes must be 1 to {}", process_table::capacity - 1));
  if (options.grace.negative())
    throw std::invalid_argument("brood: run_options::grace can't be negative");
  static_cast<void>(gate());
  set_high_water(options.high_water);
  permit_batch_ = static_cast<std::uint32_t>(std::clamp<std::size_t>(options.max_processes / (sched.workers.size() * 256), 1, 64));
  most_at_hand_ = permit_batch_ == 1 ? 1 : 2 * permit_batch_;  // 1: none stays with a core, for the last one is needed by all
  permits_ = static_cast<std::int64_t>(options.max_processes);
  if (!plat.simulated())
    claim();  // last: from here on the destructor gives it back
  if (!sched.io_note.empty())
    say(fmt::format("brood: {}\n", sched.io_note));
}

// In the child of a fork: none of the parent's threads exists here, and what they held stays locked.
void runtime_core::forget_in_child() noexcept {
  if (!running_.exchange(nullptr))
    return;
  forked = true;
  newcomers_door.forget();
  visitors_door.forget();
  process_table::use(table_of_nobody);
}

bool runtime_core::in_forked_child() noexcept { return forked.load(std::memory_order_relaxed); }

void runtime_core::refuse_in_child(const char* call) {
  if (in_forked_child())
    throw std::logic_error(fmt::format("brood: {}: {}", call, forked_sentence));
}

void runtime_core::start() {
  static const bool once = [] {
    table_of_nobody = new process_table(1);
    pthread_atfork(nullptr, nullptr, &forget_in_child);
    return true;
  }();
  static_cast<void>(once);
  sched.start();
  newcomers_door.open();
  visitors_door.open();
}

void runtime_core::claim() {
  refuse_in_child("no runtime can start here");
  runtime_core* none = nullptr;
  if (!running_.compare_exchange_strong(none, this))
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
  kills_.store(killed::nobody, std::memory_order_relaxed);
  promises.start_over();
  newcomers_door.open();
  visitors_door.open();
  outside_slots.start_over(process_table::instance().used());
}

void runtime_core::end_run() noexcept {
  newcomers_door.close();
  visitors_door.close();
  running_.store(nullptr);
}

runtime_core::~runtime_core() {
  stop();
  if (!plat.simulated())
    running_.store(nullptr);
}

// noinline, also at link time: it finds its core through a thread_local (core.hpp). A thread outside does not look at the runtime,
// which may be about to end.
[[gnu::noinline]] std::int64_t runtime_core::now() noexcept {
  if (const core* c = core_here())
    return c->sched.plat.now();
  return simulating() ? get()->plat.now() : real_platform::instance().now();
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

void runtime_core::fetch_permit(core* c) {
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

// ---- the first process

void runtime_core::note_end(process_control& p) {
  if (p.kept)
    ends->note(p.self(), p.why);
  if (is_first(p))  // after the note; watch_first does it the other way round
    note_first_end(p.why);
}

void runtime_core::note_first_end(const exit_reason& why) {
  std::lock_guard guard(lock_);
  if (first_ended_)
    return;
  first_why_ = why;
  first_ended_ = true;
  interrupt();
}

void runtime_core::watch_first(pid first) {
  first_.store(first.bits(), std::memory_order_release);
  if (const std::optional<exit_reason> why = ends->look(first))
    note_first_end(*why);
}

bool runtime_core::first_has_ended(exit_reason& why) {
  std::lock_guard guard(lock_);
  why = first_why_;
  return first_ended_;
}

namespace {

void wait_at_gate(std::int64_t for_ns) noexcept {
  timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += static_cast<long>(for_ns);
  until.tv_sec += until.tv_nsec / 1'000'000'000;
  until.tv_nsec %= 1'000'000'000;
  sem_timedwait(&gate(), &until);
}

}  // namespace

void runtime_core::interrupt() noexcept { sem_post(&gate()); }

bool runtime_core::wait_for_first(const std::function<bool()>& interrupted) {
  const pid first = pid::from_bits(first_.load());
  for (exit_reason why; !first_has_ended(why); sem_wait(&gate()))
    if (interrupted())
      return end_first(first);
  return true;
}

// Told to end, then killed when its time is over: as everybody is at the end.
bool runtime_core::end_first(pid first) {
  exit(first, reason::shutdown);
  const std::int64_t begin = plat.now();
  std::int64_t killed_at = promised_times::for_ever;
  for (exit_reason why; !first_has_ended(why); wait_at_gate(5'000'000)) {
    const std::int64_t now = plat.now();
    if (killed_at == promised_times::for_ever && now > promises.over_at(begin, patience())) {
      say(fmt::format("brood: {}, the first process, has not ended within run_options::grace: killed\n", to_string(first)));
      orderly_ = false;
      transmit_always(first, make_exit(exit_type, pid{}, reason::kill));
      killed_at = now;
    } else if (killed_at < now - patience()) {
      return false;
    }
  }
  return true;
}

blocking_pool& runtime_core::blocking() {
  std::lock_guard guard(blocking_lock_);
  if (!blocking_)
    blocking_ = std::make_unique<blocking_pool>();
  return *blocking_;
}

}  // namespace brood::detail
