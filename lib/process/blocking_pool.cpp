#include "process/blocking_pool.hpp"

#include "base/runtime_thread.hpp"
#include "process/inspection.hpp"
#include "process/report_writer.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace brood::detail {

namespace {

struct blocking_done : answer_head {};
inline constexpr message_type blocking_done_type = describe_payload<blocking_done>(signal_kind::answer, true);

thread_local bool in_blocking_work = false;

void tell_that_done(pid asker, std::uint64_t number) noexcept {
  transmit_always(asker, persist([&] { return make_envelope<blocking_done>(blocking_done_type, blocking_done{{number}}); }));
}

std::string place_text(const std::source_location& at) {
  return at.line() != 0 ? fmt::format("{}:{}", at.file_name(), at.line()) : std::string("a place that is not known");
}

}  // namespace

bool runs_blocking_work() noexcept { return in_blocking_work; }

void run_blocking(std::shared_ptr<blocking_job> job) {
  const bool outer = std::exchange(in_blocking_work, true);
  job->run();
  const pid asker = job->asker;
  const std::uint64_t number = job->number;
  job.reset();  // the result first: the asker may be gone, and then it is destroyed here
  in_blocking_work = outer;
  tell_that_done(asker, number);
}

struct blocking_pool::thread_of_pool {
  std::thread thread;
  bool at_work = false;
  bool answers = false;  // its work is done, and who asked is being told
  // Of the work:
  pid asker;
  std::source_location spawned_at, awaited_at;
};

struct blocking_pool::state {
  std::mutex lock;
  std::condition_variable wakes;   // work, or the end
  std::condition_variable rested;  // one has finished what it had
  std::deque<std::shared_ptr<blocking_job>> queue;
  std::list<thread_of_pool> threads;
  std::size_t idle = 0;
  bool stopping = false;
  bool left_behind = false;  // who is still at work tells nobody when it is done

  bool at_work() const noexcept {
    return std::any_of(threads.begin(), threads.end(), [](const thread_of_pool& t) { return t.at_work; });
  }
  bool answering() const noexcept {
    return std::any_of(threads.begin(), threads.end(), [](const thread_of_pool& t) { return t.answers; });
  }
};

blocking_pool::blocking_pool() : state_(std::make_shared<state>()) {}
blocking_pool::~blocking_pool() { stop(std::chrono::seconds(0)); }

void blocking_pool::submit(std::shared_ptr<blocking_job> job) {
  state& s = *state_;
  std::lock_guard guard(s.lock);
  s.queue.push_back(std::move(job));
  if (s.idle >= s.queue.size() || s.threads.size() == most_threads)
    return s.wakes.notify_one();
  thread_of_pool& mine = s.threads.emplace_back();
  try {
    const signals_blocked masked;
    mine.thread = std::thread([share = state_, &mine] {
      name_this_thread("brood/block");
      work(*share, mine);
    });
  } catch (const std::system_error&) {
    s.threads.pop_back();
    if (s.threads.empty()) {
      s.queue.pop_back();
      throw;
    }
  }
}

void blocking_pool::work(state& s, thread_of_pool& mine) {
  in_blocking_work = true;
  std::unique_lock guard(s.lock);
  for (;;) {
    ++s.idle;
    s.wakes.wait(guard, [&] { return s.stopping || !s.queue.empty(); });
    --s.idle;
    if (s.queue.empty())
      return;
    std::shared_ptr<blocking_job> job = std::move(s.queue.front());
    s.queue.pop_front();
    mine.at_work = true;
    mine.asker = job->asker;
    mine.spawned_at = job->spawned_at;
    mine.awaited_at = job->awaited_at;
    guard.unlock();
    job->run();
    const std::uint64_t number = job->number;
    job.reset();  // the result first: the asker may be gone, and then it is destroyed here
    guard.lock();
    if (s.left_behind)
      return;
    mine.answers = true;
    guard.unlock();
    tell_that_done(mine.asker, number);
    guard.lock();
    mine.answers = mine.at_work = false;
    s.rested.notify_all();
  }
}

bool blocking_pool::stop(time_limit grace) {
  using namespace std::chrono;
  state& s = *state_;
  std::deque<std::shared_ptr<blocking_job>> dropped;  // destroyed after the lock: user code
  std::unique_lock guard(s.lock);
  if (std::exchange(s.stopping, true))
    return true;
  dropped.swap(s.queue);
  s.wakes.notify_all();
  const auto rest = [&] { return !s.at_work(); };
  const auto tell = [&](std::string_view what) {
    std::string text = fmt::format("brood: {}:\n", what);
    for (const thread_of_pool& t : s.threads)
      if (t.at_work)
        text += fmt::format("  blocking(f) at {}, asked by {}, spawned at {}\n", place_text(t.awaited_at), to_string(t.asker),
                            place_text(t.spawned_at));
    detail::say(std::move(text));
  };
  if (!s.rested.wait_for(guard, grace.infinite() ? nanoseconds(10s) : nanoseconds(grace.count()), rest)) {
    tell(
        "the program ends, but these functions of blocking(f) have not returned within run_options::grace; let them look at a "
        "flag, or "
        "limit the time of what they wait for");
    if (grace.infinite())
      s.rested.wait(guard, rest);
    else if (!s.rested.wait_for(guard, nanoseconds(std::min<std::int64_t>(grace.count(), nanoseconds(24h).count()) * 9), rest))
      tell("these functions of blocking(f) have not returned within 10 x run_options::grace: their threads are left behind");
  }
  s.left_behind = true;
  s.rested.wait(guard, [&] { return !s.answering(); });  // a send: soon
  bool all = true;
  std::list<thread_of_pool> ended;
  for (auto t = s.threads.begin(); t != s.threads.end();) {
    const auto next = std::next(t);
    if (t->at_work) {
      t->thread.detach();  // its entry stays, in the state that it has a share of
      all = false;
    } else {
      ended.splice(ended.end(), s.threads, t);
    }
    t = next;
  }
  guard.unlock();
  for (thread_of_pool& t : ended)
    t.thread.join();
  return all;
}

bool begin_blocking(process_stack& stack, answer_waiter& w, std::shared_ptr<blocking_job> job) {
  process_control& p = control_of(stack);
  runtime_core& rt = *runtime_core::get();
  begin_answer_wait(stack, w);
  job->asker = p.self();
  job->number = w.number;
  job->spawned_at = p.spawned_at;
  job->awaited_at = p.site;
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
