// A bounded pool of work: never more than `workers` jobs run, never more than `queue` wait; a caller with more waits for a place.
//
//     process boss() {
//       auto pool = *co_await work_pool::start_link({.workers = 4, .queue = 100});
//       const outcome<int> words = co_await pool.run(count_words, std::string("a.txt"));
//       const ref job = *co_await pool.submit(count_words, std::string("b.txt"));
//       auto [id, fate] = co_await receive<job_done<int>>();
//     }
//
// Each job is a process of its own, and has exactly one outcome, however it ends: its value; or why there is none: its exception,
// exit (normal, too), kill, timeout, the death of the pool. A job is what spawn takes; what it returns (or a task<R> of it gives)
// is the value. The pool is a server: stop_server(pool.process()) ends it and its jobs. A handle: copy it, send it.
#pragma once

#include <brood/detail/pool_job.hpp>
#include <brood/detail/refused.hpp>
#include <brood/outcome.hpp>
#include <brood/pid.hpp>
#include <brood/start.hpp>
#include <brood/task.hpp>
#include <brood/time.hpp>

#include <cstddef>
#include <source_location>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

struct pool_options {
  std::size_t workers = 0;         // 0: number of schedulers
  std::size_t queue = 1000;        // 0: a job waits with its client until a worker is free
  time_limit timeout = infinity;   // of one job, from its start; then it is killed, with reason timeout
};

// How far a pool is: a moment's picture, as the pool itself sees it.
struct pool_info {
  std::size_t workers = 0;  // that may run
  std::size_t running = 0;
  std::size_t waiting = 0;  // in the queue
  std::size_t blocked = 0;  // clients that wait for a place
  std::size_t succeeded = 0;
  std::size_t failed = 0;     // of themselves, by kill, by timeout
  std::size_t abandoned = 0;  // never begun: their clients were gone
};

class work_pool {
 public:
  static task<outcome<work_pool>> start_link(pool_options options = {}, std::source_location at = std::source_location::current());
  static task<outcome<work_pool>> start_link(start_options start, pool_options options,
                                             std::source_location at = std::source_location::current());

  // To one that is known by its pid.
  explicit work_pool(pid who) noexcept : pid_(who) {}

  pid process() const noexcept { return pid_; }

  // Waits for a place, then for the result. If the caller is gone meanwhile, the job is not begun or killed.
  template <class F, class... A>
  BROOD_LINT_KEEPS auto run(F&& f, A&&... args) const {
    auto job = detail::make_pool_job(false, std::forward<F>(f), std::forward<A>(args)...);
    return detail::run_pool_job(pid_, std::move(job));
  }

  // Waits for a place; then the job runs whatever becomes of the caller, who will get one job_done<R> with this ref.
  template <class F, class... A>
  BROOD_LINT_KEEPS task<outcome<ref>> submit(F&& f, A&&... args) const {
    return detail::submit_pool_job(pid_, detail::make_pool_job(true, std::forward<F>(f), std::forward<A>(args)...), true);
  }

  // The same without waiting: why() is overload when the queue is full.
  template <class F, class... A>
  BROOD_LINT_KEEPS task<outcome<ref>> try_submit(F&& f, A&&... args) const {
    return detail::submit_pool_job(pid_, detail::make_pool_job(true, std::forward<F>(f), std::forward<A>(args)...), false);
  }

  BROOD_REFUSED(, run, const, BROOD_WHICH)
  BROOD_REFUSED(, submit, const, BROOD_WHICH)
  BROOD_REFUSED(, try_submit, const, BROOD_WHICH)

  // Its present numbers. Ordered after what the caller submitted before. As call: exits with noproc if the pool is dead.
  task<pool_info> progress() const;
  // From now on self() gets a pool_info every so often, the first at once, until it or the pool dies or it says infinity. A zero or
  // negative time throws std::invalid_argument.
  void watch(time_limit every) const;

  friend bool operator==(const work_pool&, const work_pool&) = default;

 private:
  pid pid_;
};

}  // namespace brood
