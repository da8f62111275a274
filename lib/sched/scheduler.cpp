#include "sched/scheduler.hpp"

#include "base/barrier.hpp"
#include "base/runtime_thread.hpp"

#include <bit>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace brood::detail {

scheduler::scheduler(const settings& s, platform& p, worker_factory make) : plat(p), schedulers(s.workers), settings_(s) {
  if (s.workers == 0 || s.workers + s.spares > idle_mask<>::capacity)
    throw std::invalid_argument(
        "brood: schedulers plus max_spares must be 1 to 64; set run_options::schedulers or BROOD_SCHEDULERS");
  barrier::prepare();
  if (!plat.simulated())
    settings_.io = plat.choose_driver(s.io, &io_note);  // a forced back end that is impossible fails here, before any thread exists
  for (std::size_t i = 0; i < s.workers + s.spares; ++i)
    workers.push_back(make(*this, static_cast<unsigned>(i)));
  has_thread_.resize(workers.size());
  threads_.reserve(workers.size());  // a thread that has begun must be one that stop() joins
}

scheduler::~scheduler() { stop(); }

void scheduler::start() {
  if (plat.simulated())
    return;
  for (std::size_t i = 0; i < schedulers; ++i)
    start_thread(*workers[i]);
  const signals_blocked guard;
  monitor_ = std::thread([this] {
    name_this_thread("brood/mon");
    monitor_loop();
  });
}

namespace {
void name_worker_thread(const worker& w, std::size_t schedulers) noexcept {
  char name[16] = "brood/spare";
  if (w.index < schedulers)
    std::snprintf(name, sizeof name, "brood/%u", w.index % 100);
  name_this_thread(name);
}
}  // namespace

void scheduler::start_thread(worker& w) {
  std::lock_guard guard(threads_lock_);
  w.io = plat.make_driver(settings_.io);  // before the thread exists: others may wake it from now on
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (settings_.stack_size != 0)
    if (const int error = pthread_attr_setstacksize(&attributes, settings_.stack_size)) {
      pthread_attr_destroy(&attributes);
      throw std::system_error(error, std::generic_category(),
                              "brood: run_options::stack_size is no stack size for a thread (at least 16 KiB, whole pages)");
    }
  pthread_t thread;
  const signals_blocked masked;
  const int error = pthread_create(
      &thread, &attributes,
      [](void* p) -> void* {
        auto& started = *static_cast<worker*>(p);
        name_worker_thread(started, started.sched.schedulers);
        started.loop();
        return nullptr;
      },
      &w);
  pthread_attr_destroy(&attributes);
  if (error != 0)
    throw std::system_error(
        error, std::generic_category(),
        "brood: a scheduler thread could not be started: raise the limit (ulimit -u, a cgroup's pids.max, memory) "
        "or ask for fewer (run_options::schedulers)");
  threads_.push_back(thread);
  has_thread_[w.index] = true;
}

void scheduler::stop() {
  if (stopping_.exchange(true, std::memory_order_seq_cst))
    return;
  {
    std::lock_guard guard(monitor_lock_);
    monitor_wakes_.notify_all();
  }
  if (monitor_.joinable())
    monitor_.join();
  for (auto& w : workers)
    if (w->io)
      w->io->wake();
  std::lock_guard guard(threads_lock_);
  for (pthread_t thread : threads_)
    pthread_join(thread, nullptr);
  threads_.clear();
}

void scheduler::inject(runnable* r) {
  if (plat.simulated())
    return plat.push(r);
  injected.push(r);
  wake_one();
}

void scheduler::inject_for_signals(runnable* r, bool high) {
  runnable* const entry = for_signals(r, high);
  if (plat.simulated())
    return plat.push(entry);
  (high ? this->high : injected).push(entry);
  wake_one();
}

void scheduler::wake_one() noexcept {
  const int sleeper = idle.pick();
  if (sleeper >= 0)
    workers[static_cast<unsigned>(sleeper)]->io->wake();
}

bool scheduler::work_visible() const noexcept {
  if (!injected.empty() || !high.empty() || !low.empty())
    return true;
  for (const auto& w : workers)
    if (!w->ring.empty() || !w->due_ring.empty() || !w->overflow.empty())
      return true;
  return false;
}

bool scheduler::others_run(unsigned index) const noexcept {
  const std::uint64_t all = schedulers < idle_mask<>::capacity ? (std::uint64_t{1} << schedulers) - 1 : ~std::uint64_t{0};
  return (all & ~idle.sleepers() & ~aside_.load(std::memory_order_relaxed) & ~(std::uint64_t{1} << index)) != 0;
}

void scheduler::unstick(worker& w) noexcept {
  w.stuck.store(false, std::memory_order_relaxed);
  stuck_mask_.fetch_and(~(std::uint64_t{1} << w.index), std::memory_order_acq_rel);
}

void scheduler::leave_to_others(unsigned index) noexcept {
  aside_.fetch_or(std::uint64_t{1} << index,
                  std::memory_order_seq_cst);  // then the look at the sleepers; a worker does it the other way round
  wake_one();  // its sleep knows nothing of these timers; and a wake-up that was for this worker is passed on
}

void scheduler::attend_again(unsigned index) noexcept { aside_.fetch_and(~(std::uint64_t{1} << index), std::memory_order_seq_cst); }

bool scheduler::too_many_active() const noexcept {
  const auto active = static_cast<std::size_t>(std::popcount(active_spares_.load(std::memory_order_relaxed)));
  const auto stuck = static_cast<std::size_t>(std::popcount(stuck_mask()));
  return active > stuck;
}

}  // namespace brood::detail
