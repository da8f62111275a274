// A job of a work_pool: what its client and the pool know of it.
#pragma once

#include <brood/detail/api.hpp>
#include <brood/detail/task_state.hpp>
#include <brood/outcome.hpp>
#include <brood/pid.hpp>
#include <brood/send.hpp>
#include <brood/spawn.hpp>
#include <brood/task.hpp>

#include <memory>
#include <tuple>
#include <utility>

namespace [[gnu::visibility("default")]] brood {

// The outcome of a submitted job.
template <class R = void>
struct job_done {
  ref job;
  outcome<R> result;
};

namespace detail {

// As the pool sees it.
class pool_job {
 public:
  const counted<end_watch> shared;  // with its client and its process
  const pid client;
  const ref id;
  const bool notifies;  // by job_done; else its client waits

  virtual ~pool_job() = default;
  // In the pool: spawns its process, with a monitor.
  virtual spawned begin() = 0;
  // In the pool, when that process is dead: a client that is to be notified gets the outcome. True: there is a value.
  virtual bool end(const exit_reason& why) = 0;
  // In the pool, when it will not know how that process ends, or it never began: the same, without a value.
  virtual void give_up(const exit_reason& why) = 0;

 protected:
  pool_job(counted<end_watch> shared, bool notifies);
};

template <class R>
class pool_job_of : public pool_job {
 public:
  bool end(const exit_reason& why) final {
    task_state<R>& s = state();
    s.why = why;
    const bool succeeded = s.succeeded();
    if (notifies)
      send(client, job_done<R>{id, s.take_outcome()});
    return succeeded;
  }
  void give_up(const exit_reason& why) final {
    if (notifies)
      send(client, job_done<R>{id, outcome<R>::failure(why)});
  }

 protected:
  explicit pool_job_of(bool notify) : pool_job(counted<task_state<R>>(new task_state<R>), notify) {}
  task_state<R>& state() const noexcept { return static_cast<task_state<R>&>(*shared); }
};

template <class R, class F, class... A>
class callable_job final : public pool_job_of<R> {
  static_assert((check_crossing<F>(), (check_crossing<A>(), ...), true));

 public:
  template <class G, class... B>
  callable_job(bool notify, G&& f, B&&... args) : pool_job_of<R>(notify), f_(std::forward<G>(f)), args_(std::forward<B>(args)...) {}

  spawned begin() override {
    return std::apply(
        [this](A&... args) {
          this->shared->retain();
          counted<task_state<R>> share(&this->state());
          return spawn_with({.monitor = true}, task_body<R, F>(std::move(share), std::move(f_)), std::move(args)...);
        },
        args_);
  }

 private:
  F f_;
  std::tuple<A...> args_;
};

template <class F, class... A>
auto make_pool_job(bool notifies, F&& f, A&&... args) {
  if constexpr (check_body<F, A...>()) {
    using R = body_result_t<F, A...>;
    return std::unique_ptr<pool_job_of<R>>(
        new callable_job<R, kept_t<F>, kept_t<A>...>(notifies, std::forward<F>(f), std::forward<A>(args)...));
  } else {
    return std::unique_ptr<pool_job_of<void>>();
  }
}

// Waits for a place if told to: its ref, or why not.
BROOD_API task<outcome<ref>> submit_pool_job(pid pool, std::unique_ptr<pool_job> job, bool wait);
// Waits for its end. Without a value: why.
BROOD_API task<outcome<>> await_pool_job(pid pool, std::unique_ptr<pool_job> job);

template <class R>
task<outcome<R>> run_pool_job(pid pool, std::unique_ptr<pool_job_of<R>> job) {
  const counted<end_watch> shared = job->shared;
  const outcome<> ended = co_await quietly(await_pool_job(pool, std::move(job)));
  if (!ended)
    co_return outcome<R>::failure(ended.why());
  co_return static_cast<task_state<R>&>(*shared).take_outcome();
}

}  // namespace detail

}  // namespace brood
