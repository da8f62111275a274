#include "process/blocking_pool.hpp"

#include "base/runtime_thread.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <system_error>
#include <utility>

namespace brood::detail {

namespace {
struct blocking_done : answer_head {};
inline constexpr message_type blocking_done_type{
    signal_kind::answer,   true, sizeof(blocking_done), alignof(blocking_done), &destroy_payload<blocking_done>, nullptr,
    &typeid(blocking_done)};
}  // namespace

void run_blocking(std::shared_ptr<blocking_job> job) {
  job->run();
  const pid asker = job->asker;
  const std::uint64_t number = job->number;
  job.reset();  // the result first: the asker may be gone, and then it is destroyed here
  transmit_always(asker, persist([&] { return make_envelope<blocking_done>(blocking_done_type, blocking_done{{number}}); }));
}

blocking_pool::~blocking_pool() {
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
    queue_.clear();
  }
  wakes_.notify_all();
  for (std::thread& t : threads_)
    t.join();
}

void blocking_pool::submit(std::shared_ptr<blocking_job> job) {
  std::lock_guard guard(lock_);
  queue_.push_back(std::move(job));
  if (idle_ >= queue_.size() || threads_.size() == most_threads)
    return wakes_.notify_one();
  try {
    const signals_blocked masked;
    threads_.emplace_back([this] {
      name_this_thread("brood/block");
      work();
    });
  } catch (const std::system_error&) {
    if (threads_.empty()) {
      queue_.pop_back();
      throw;
    }
  }
}

void blocking_pool::work() {
  std::unique_lock guard(lock_);
  for (;;) {
    ++idle_;
    wakes_.wait(guard, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty())
      return;
    std::shared_ptr<blocking_job> job = std::move(queue_.front());
    queue_.pop_front();
    guard.unlock();
    run_blocking(std::move(job));
    guard.lock();
  }
}

bool begin_blocking(process_stack& stack, answer_waiter& w, std::shared_ptr<blocking_job> job) {
  process_control& p = control_of(stack);
  runtime_core& rt = *runtime_core::get();
  begin_answer_wait(stack, w, infinity);
  job->asker = p.self();
  job->number = w.number;
  if (p.doomed)
    return true;
  try {
    if (simulating())
      rt.plat.submit(std::move(job));
    else
      rt.blocking().submit(std::move(job));
  } catch (...) {
    abandon_answer_wait(stack);
    throw;
  }
  return true;
}

}  // namespace brood::detail
