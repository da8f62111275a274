#include "otp/job_book.hpp"

#include "otp/concurrency.hpp"
#include "process/core.hpp"

#include <brood/exit.hpp>
#include <brood/timers.hpp>

#include <exception>
#include <utility>

namespace brood::detail {

job_book::job_book(const pool_options& options)
    : workers_(concurrency_or_default(options.workers)), queue_(options.queue), timeout_(options.timeout) {}

job_book::~job_book() {
  if (running_.empty() && waiting_.empty() && blocked_.empty())
    return;
  const process_control* pool = running_process();
  const exit_reason why = pool && pool->doomed ? pool->why : exit_reason(reason::noproc);
  close(why);
  for (auto& [watch, job] : running_)
    give_up(job.what, why);
}

void job_book::accept(request<pool_request> r) {
  if (waiting_.empty() && running_.size() < workers_) {
    place(std::move(r));
    fill();
  } else if (waiting_.size() < queue_) {
    place(std::move(r));
  } else if (r->wait) {
    blocked_.push_back(std::move(r));
  } else {
    r.reply(pool_answer{outcome<ref>::failure(reason::overload)});
  }
}

void job_book::place(request<pool_request> r) {
  if (r->job->notifies)
    r.reply(pool_answer{r->job->id});
  waiting_.push_back(std::move(r));
}

// Free workers take what waits; what is blocked gets the places.
void job_book::fill() {
  for (;;) {
    while (running_.size() < workers_ && !waiting_.empty()) {
      request<pool_request> next = std::move(waiting_.front());
      waiting_.pop_front();
      if (next->job->notifies || !forsaken(next))
        begin(std::move(next));
    }
    const std::size_t free_workers = workers_ - running_.size();
    while (!blocked_.empty() && waiting_.size() < queue_ + free_workers) {
      request<pool_request> next = std::move(blocked_.front());
      blocked_.pop_front();
      if (!forsaken(next))
        place(std::move(next));
    }
    if (waiting_.empty() || free_workers == 0)
      return;
  }
}

// Whoever waited for it is gone.
bool job_book::forsaken(const request<pool_request>& r) {
  const bool gone = r->job->shared->unwanted.load(std::memory_order_acquire);  // partner: interest
  abandoned_ += gone;
  return gone;
}

void job_book::begin(request<pool_request> r) {
  spawned made;
  try {
    made = r->job->begin();
  } catch (...) {  // there are too many processes, or moving the job's arguments threw
    return give_up(r, exit_reason_access::from_exception(std::current_exception()));
  }
  const timer_ref limit = timeout_.infinite() ? timer_ref() : send_after(timeout_, self(), pool_overdue{made.monitor});
  running_.emplace(made.monitor, running_job{std::move(r), made.process, limit, std::nullopt});
}

bool job_book::ended(const down& d) {
  auto node = running_.extract(d.monitor);
  if (!node)
    return false;
  running_job& job = node.mapped();
  if (job.limit)
    cancel_timer(job.limit);
  finish(job.what, job.verdict && d.why != reason::normal ? *job.verdict : d.why);  // normal: it ended before it was killed
  fill();
  return true;
}

// Its process is dead: its value may be looked at.
void job_book::finish(const request<pool_request>& r, const exit_reason& why) {
  const bool value = r->job->end(why);
  ++(value ? succeeded_ : failed_);
  r.reply(pool_answer{value ? outcome<ref>(r->job->id) : outcome<ref>::failure(why)});  // to one that notifies: answered already
}

void job_book::give_up(const request<pool_request>& r, const exit_reason& why) {
  ++failed_;
  r->job->give_up(why);
  r.reply(pool_answer{outcome<ref>::failure(why)});
}

void job_book::kill(running_job& job, const exit_reason& verdict) {
  if (!job.verdict)
    job.verdict = verdict;
  exit(job.process, reason::kill);
}

void job_book::withdraw(ref job) {
  for (auto& [watch, running] : running_)
    if (running.what->job->id == job)
      kill(running, reason::killed);
}

void job_book::overdue(monitor_ref job) {
  if (const auto found = running_.find(job); found != running_.end())
    kill(found->second, reason::timeout);
}

void job_book::close(const exit_reason& why) {
  for (const auto& r : std::exchange(waiting_, {}))
    give_up(r, why);
  for (const auto& r : std::exchange(blocked_, {}))
    give_up(r, why);
  for (auto& [watch, job] : running_)
    kill(job, why);
}

pool_info job_book::info() const noexcept {
  return {workers_, running_.size(), waiting_.size(), blocked_.size(), succeeded_, failed_, abandoned_};
}

}  // namespace brood::detail
