#include "process/report_writer.hpp"

#include "base/runtime_thread.hpp"
#include "process/report_groups.hpp"
#include "sched/platform.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

namespace brood {

namespace detail {
namespace {

using clock = std::chrono::steady_clock;

// To be called where SIGPIPE is blocked. What can't be written is dropped.
void write_to_stderr(std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
    if (n > 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (n < 0 && errno == EAGAIN) {  // somebody made it non-blocking
      pollfd writable{STDERR_FILENO, POLLOUT, 0};
      poll(&writable, 1, -1);
    } else if (n == 0 || errno != EINTR) {
      return;
    }
  }
}

// A user's sink, and how many reports were filed for it that it has not returned from.
struct held_sink {
  report_sink call;
  std::size_t pending = 0;
};

struct queued_report {
  crash_report report;
  std::shared_ptr<held_sink> sink;  // null: standard error
  bool simulated;                   // handed over by the thread that filed it
};

class report_writer {
 public:
  static report_writer& instance() noexcept { return *pointer(); }

  bool has_room() noexcept {
    std::lock_guard guard(lock_);
    if (simulating() || queue_.size() < most_waiting_reports)
      return true;
    ++lost_;
    return false;
  }

  void file(crash_report report) {
    if (simulating()) [[unlikely]]
      return file_at_once(std::move(report));
    std::lock_guard guard(lock_);
    if (queue_.size() >= most_waiting_reports)
      ++lost_;
    else
      enqueue(std::move(report), sink_);
  }

  void file_repeatable(crash_report report, std::string cause) {
    if (simulating()) [[unlikely]]
      return file_at_once(std::move(report));
    std::lock_guard guard(lock_);
    const clock::time_point now = clock::now();
    close_groups(now);
    if (groups_.counts(cause)) {
      work_.notify_one();  // it has a time to look at now
      return;
    }
    if (queue_.size() >= most_waiting_reports) {
      ++lost_;
      return;
    }
    groups_.open(std::move(cause), report, now);
    enqueue(std::move(report), sink_);
  }

  void say(std::string text) {
    crash_report line{};
    line.text = std::move(text);
    std::lock_guard guard(lock_);
    enqueue(std::move(line), nullptr);
  }

  bool flush(clock::time_point deadline) {
    std::unique_lock guard(lock_);
    return flush(guard, deadline);
  }
  // Of exit() in the midst of a run.
  void flush_at_exit() {
    std::unique_lock guard(lock_);
    if (!stuck_)
      flush(guard, clock::now() + std::chrono::seconds(1));
  }

  report_sink replace_sink(report_sink sink) {
    std::shared_ptr<held_sink> next = sink ? std::make_shared<held_sink>(held_sink{std::move(sink)}) : nullptr;
    std::shared_ptr<held_sink> old;
    {
      std::unique_lock guard(lock_);
      close_groups(clock::time_point::max());
      old = std::exchange(sink_, next);
      if (!old)
        return {};
      if (handing_over_ == std::this_thread::get_id()) {
        pass_on(old, next);
      } else {
        start();
        progress_.wait(guard, [&old] { return old->pending == 0; });
      }
      if (old->pending == 0)
        return std::move(old->call);
    }
    return [old](const crash_report& r) { old->call(r); };  // it runs: it is this function's caller
  }

  std::string kept() {
    std::lock_guard guard(lock_);
    std::string text;
    if (kept_before_ > 0)
      text = fmt::format("({} earlier reports left out)\n", kept_before_);
    for (const std::string& report : kept_)
      text += report;
    return text;
  }
  void forget_kept() noexcept {
    std::lock_guard guard(lock_);
    kept_.clear();
    kept_before_ = 0;
  }

 private:
  static constexpr std::size_t most_kept = 50;

  // Never destroyed: what ends after main may still report.
  static report_writer*& pointer() noexcept {
    static report_writer* writer = make_first();
    return writer;
  }
  static report_writer* make_first() {
    auto* const writer = new report_writer;
    // A child process has no thread but the one that forked: what waits is its parent's to tell.
    pthread_atfork([] { instance().lock_.lock(); }, [] { instance().lock_.unlock(); },
                   [] {
                     auto* const fresh = new report_writer;
                     fresh->of_parent_ = pointer();
                     fresh->sink_ = instance().sink_;
                     pointer() = fresh;
                   });
    return writer;
  }

  // ---- all of these under the lock

  void enqueue(crash_report report, std::shared_ptr<held_sink> sink) {
    report.lost = std::exchange(lost_, 0);
    queue_.push_back({std::move(report), sink, simulating()});
    if (sink)
      ++sink->pending;
    ++filed_;
    start();
    work_.notify_one();
  }

  // Says of those whose second is over how many more there were.
  void close_groups(clock::time_point now) {
    groups_.close(now, [this](crash_report r) { enqueue(std::move(r), sink_); });
  }

  void start() noexcept {
    if (started_ || simulating())
      return;
    try {
      const signals_blocked guard;  // SIGPIPE, too: it can't end the program
      std::thread([this] { work(); }).detach();
      started_ = true;
    } catch (...) {  // the next report tries again
    }
    if (started_)
      std::atexit([] { instance().flush_at_exit(); });
  }

  bool flush(std::unique_lock<std::mutex>& guard, clock::time_point deadline) {
    if (handing_over_ == std::this_thread::get_id())
      return false;
    close_groups(clock::time_point::max());
    if (lost_ > 0)
      enqueue({}, sink_);  // says how many there were
    const auto all_handed_over = [this, target = filed_] { return handed_over_ >= target; };
    if (all_handed_over())
      return true;
    start();
    if (deadline == clock::time_point::max())
      progress_.wait(guard, all_handed_over);
    else
      stuck_ = !progress_.wait_until(guard, deadline, all_handed_over);
    return all_handed_over();
  }

  void hand_over_next(std::unique_lock<std::mutex>& guard) {
    queued_report next = std::move(queue_.front());
    queue_.pop_front();
    handing_over_ = std::this_thread::get_id();
    guard.unlock();
    try {
      crash_report& r = next.report;
      if (r.lost > 0)
        r.text.insert(0, fmt::format("brood: {} reports are lost here: {} were waiting already\n", in_threes(r.lost),
                                     in_threes(most_waiting_reports)));
      if (next.sink)
        next.sink->call(r);
      else
        write_to_stderr(r.text);
    } catch (...) {  // a report must not end anything
    }
    next.report = {};  // what it holds of the user's is not destroyed under the lock
    guard.lock();
    if (next.sink)
      --next.sink->pending;
    handing_over_ = {};
    stuck_ = false;
    ++handed_over_;
    progress_.notify_all();
    if (!next.sink)
      return;
    guard.unlock();
    next.sink.reset();
    guard.lock();
  }

  void work() {
    name_this_thread("brood/report");
    std::unique_lock guard(lock_);
    for (;;)
      try {
        do_next(guard);
      } catch (...) {  // no memory to say how many there were
        lost_ = 0;
        groups_.clear();
      }
  }

  void do_next(std::unique_lock<std::mutex>& guard) {
    if (handing_over_ != std::thread::id() || (!queue_.empty() && queue_.front().simulated))
      progress_.wait(guard);  // for the thread that simulates
    else if (!queue_.empty())
      hand_over_next(guard);
    else if (lost_ > 0)
      enqueue({}, sink_);  // says how many there were
    else if (const clock::time_point when = groups_.next_end(); when == clock::time_point::max())
      work_.wait(guard);
    else if (when > clock::now())
      work_.wait_until(guard, when);
    else
      close_groups(clock::now());
  }

  // What waits for the old sink goes to the new one.
  void pass_on(const std::shared_ptr<held_sink>& old, const std::shared_ptr<held_sink>& next) noexcept {
    for (queued_report& q : queue_)
      if (q.sink == old) {
        --old->pending;
        q.sink = next;
        if (next)
          ++next->pending;
      }
  }

  // ----

  void file_at_once(crash_report report) {
    std::unique_lock guard(lock_);
    if (!sink_) {
      kept_.push_back(std::move(report.text));
      if (kept_.size() > most_kept) {
        kept_.pop_front();
        ++kept_before_;
      }
      return;
    }
    enqueue(std::move(report), sink_);
    const std::uint64_t target = filed_;
    while ((handed_over_ < target || !queue_.empty()) && handing_over_ != std::this_thread::get_id())  // else the sink reports
      if (handing_over_ == std::thread::id())
        hand_over_next(guard);
      else
        progress_.wait(guard);
  }

  std::mutex lock_;
  std::condition_variable work_, progress_;
  std::deque<queued_report> queue_;
  report_groups groups_;
  std::shared_ptr<held_sink> sink_;
  std::thread::id handing_over_;  // who calls the sink or writes: one at a time
  std::uint64_t filed_ = 0, handed_over_ = 0;
  std::size_t lost_ = 0;          // since the last that was queued
  bool started_ = false;
  bool stuck_ = false;            // a flush has waited in vain, and nothing has moved since
  report_writer* of_parent_ = nullptr;
  std::deque<std::string> kept_;
  std::size_t kept_before_ = 0;
};

}  // namespace

bool report_has_room() noexcept { return report_writer::instance().has_room(); }

void file_report(crash_report report) noexcept {
  try {
    report_writer::instance().file(std::move(report));
  } catch (...) {  // no memory: without it
  }
}

void file_repeatable_report(crash_report report, std::string cause) noexcept {
  try {
    report_writer::instance().file_repeatable(std::move(report), std::move(cause));
  } catch (...) {}
}

void say(std::string text) noexcept {
  try {
    report_writer::instance().say(std::move(text));
  } catch (...) {}
}

bool flush_reports_until(clock::time_point deadline) noexcept {
  try {
    return report_writer::instance().flush(deadline);
  } catch (...) {
    return false;
  }
}

void flush_reports_within(time_limit grace) noexcept {
  constexpr std::int64_t most = 5'000'000'000;
  flush_reports_until(clock::now() + std::chrono::nanoseconds(grace.infinite() ? most : std::min(grace.count(), most)));
}

std::string kept_reports() { return report_writer::instance().kept(); }
void forget_kept_reports() noexcept { report_writer::instance().forget_kept(); }

}  // namespace detail

report_sink set_report_sink(report_sink sink) { return detail::report_writer::instance().replace_sink(std::move(sink)); }

bool flush_reports(time_limit limit) {
  using detail::clock;
  const bool for_ever = limit > std::chrono::hours(24 * 365);
  return detail::flush_reports_until(for_ever ? clock::time_point::max()
                                              : clock::now() + std::chrono::nanoseconds(std::max<std::int64_t>(limit.count(), 0)));
}

}  // namespace brood
