// The books of a work_pool: which jobs run, which wait, who waits for a place. Each job leaves them with its one outcome.
#pragma once

#include <brood/detail/pool_job.hpp>
#include <brood/request.hpp>
#include <brood/signals.hpp>
#include <brood/time.hpp>
#include <brood/work_pool.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

namespace brood::detail {

struct pool_answer {
  outcome<ref> how;
};
// Answered when the job has a place, if it notifies; else when it has ended.
struct pool_request {
  using reply = pool_answer;
  std::unique_ptr<pool_job> job;
  bool wait;  // for a place
};
// A timer's: the job has had its time.
struct pool_overdue {
  monitor_ref job;
};

// Lives in the pool's frame. Destroyed by a kill, it kills the jobs and tells those who would wait for ever.
class job_book {
 public:
  explicit job_book(const pool_options& options);
  job_book(const job_book&) = delete;
  ~job_book();

  void accept(request<pool_request> r);
  // False: no job's.
  bool ended(const down& d);
  void withdraw(ref job);
  void overdue(monitor_ref job);
  // No job begins any more. Those that run are killed, and leave when they are dead.
  void close(const exit_reason& why);
  bool idle() const noexcept { return running_.empty(); }
  pool_info info() const noexcept;

 private:
  struct running_job {
    request<pool_request> what;
    pid process;
    timer_ref limit;
    std::optional<exit_reason> verdict;  // why it was killed
  };

  void begin(request<pool_request> r);
  void place(request<pool_request> r);
  bool forsaken(const request<pool_request>& r);
  void fill();
  void finish(const request<pool_request>& r, const exit_reason& why);
  void give_up(const request<pool_request>& r, const exit_reason& why);
  void kill(running_job& job, const exit_reason& verdict);

  const std::size_t workers_;
  const std::size_t queue_;
  const time_limit timeout_;
  std::unordered_map<monitor_ref, running_job> running_;
  std::deque<request<pool_request>> waiting_;  // have a place
  std::deque<request<pool_request>> blocked_;  // wait for one
  std::size_t succeeded_ = 0, failed_ = 0, abandoned_ = 0;
};

}  // namespace brood::detail
