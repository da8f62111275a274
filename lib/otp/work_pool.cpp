#include <brood/work_pool.hpp>

#include "otp/pool_server.hpp"

#include <brood/call.hpp>
#include <brood/send.hpp>

#include <atomic>
#include <stdexcept>
#include <utility>

namespace brood {

namespace detail {

pool_job::pool_job(counted<end_watch> share, bool notify)
    : shared(std::move(share)), client(self()), id(make_ref()), notifies(notify) {}

namespace {

// Lives in the frame that waits for a job or for its place: if that is destroyed first, its process is dying and nobody wants the
// job. The mark keeps it from being begun; the message, if a pool is to be told, ends it if it was.
class interest {
 public:
  explicit interest(const pool_job& job, pid pool = {}) : shared_(job.shared), job_(job.id), pool_(pool) {}
  interest(const interest&) = delete;
  ~interest() {
    if (settled)
      return;
    shared_->unwanted.store(true, std::memory_order_release);  // partner: job_book::forsaken
    if (pool_)
      send(pool_, pool_withdraw{job_});
  }
  bool settled = false;

 private:
  counted<end_watch> shared_;
  ref job_;
  pid pool_;
};

}  // namespace

task<outcome<ref>> submit_pool_job(pid pool, std::unique_ptr<pool_job> job, bool wait) {
  interest client(*job);
  outcome<pool_answer> placed = co_await quietly(try_call(pool, pool_request{std::move(job), wait}, infinity));
  client.settled = true;
  co_return placed ? std::move(placed->how) : outcome<ref>::failure(placed.why());
}

task<outcome<>> await_pool_job(pid pool, std::unique_ptr<pool_job> job) {
  interest client(*job, pool);
  const outcome<pool_answer> ended = co_await quietly(try_call(pool, pool_request{std::move(job), true}, infinity));
  client.settled = true;
  if (!ended)
    co_return outcome<>::failure(ended.why());
  if (!ended->how)
    co_return outcome<>::failure(ended->how.why());
  co_return {};
}

}  // namespace detail

task<outcome<work_pool>> work_pool::start_link(pool_options options, std::source_location at) {
  return start_link(start_options{}, options, at);
}

task<outcome<work_pool>> work_pool::start_link(start_options start, pool_options options, std::source_location at) {
  if (options.timeout.negative())
    throw std::invalid_argument("brood: pool_options::timeout can't be negative: infinity lets a job take for ever");
  outcome<pid> started = co_await detail::quietly(detail::make_start(std::move(start), true, at, &detail::pool_body, options));
  if (!started)
    co_return outcome<work_pool>::failure(started.why());
  co_return work_pool(*started);
}

task<pool_info> work_pool::progress() const { return call(pid_, detail::pool_question{}, infinity); }

void work_pool::watch(time_limit every) const {
  if (every.negative() || every.count() == 0)
    throw std::invalid_argument("brood: watch needs an interval above zero");
  send(pid_, detail::pool_watch{self(), every});
}

}  // namespace brood
