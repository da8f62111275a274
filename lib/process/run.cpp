// run() and the runtime class: a runtime around the first process, or inside another program.
#include <brood/run.hpp>
#include <brood/runtime.hpp>

#include "process/blocking_pool.hpp"
#include "process/real_platform.hpp"
#include "process/report_writer.hpp"
#include "process/reporting.hpp"
#include "process/runtime_core.hpp"
#include "process/signals.hpp"

#include <brood/errors.hpp>
#include <brood/monitor.hpp>
#include <brood/names.hpp>
#include <brood/receive.hpp>

#include <fmt/format.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace brood {

namespace detail {
namespace {

// SIGINT and SIGTERM while run() waits: the first one asks for an orderly shutdown, a second one kills the program. One that the program
// was started to ignore (nohup, a shell's background job) stays ignored.
class signal_watch {
 public:
  explicit signal_watch(bool on) {
    seen() = 0;
    if (on) {
      watch(SIGINT, old_int_);
      watch(SIGTERM, old_term_);
    }
  }
  ~signal_watch() {
    if (old_int_)
      sigaction(SIGINT, &*old_int_, nullptr);
    if (old_term_)
      sigaction(SIGTERM, &*old_term_, nullptr);
  }
  signal_watch(const signal_watch&) = delete;
  signal_watch& operator=(const signal_watch&) = delete;
  static int caught() noexcept { return seen(); }

 private:
  static void watch(int signal, std::optional<struct sigaction>& old) {
    struct sigaction was{};
    sigaction(signal, nullptr, &was);
    if (was.sa_handler == SIG_IGN)
      return;
    struct sigaction action{};
    action.sa_handler = &handle;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, nullptr);
    old = was;
  }
  // Atomic, for the handler may run in any thread; lock-free, for it is a handler.
  static std::atomic<int>& seen() noexcept {
    static std::atomic<int> signal{0};
    static_assert(std::atomic<int>::is_always_lock_free);
    return signal;
  }
  static void handle(int signal) {
    if (seen().exchange(signal) != 0) {
      std::signal(signal, SIG_DFL);
      raise(signal);
      return;
    }
    const int saved = errno;
    runtime_core::interrupt();
    errno = saved;
  }
  std::optional<struct sigaction> old_int_, old_term_;
};

// What the program ends with. A signal asked for an orderly end: 0 if that is what it was, else the shell's convention.
int status_of(const exit_reason& why, int signal, bool orderly) {
  if (why == reason::normal && (signal == 0 || orderly))
    return 0;
  if (signal != 0 && orderly && why.is_shutdown())
    return 0;
  if (!why.is_error() && why != reason::normal)  // an error has been reported in full
    say(fmt::format("brood: the first process ended with {}\n", text_of(why)));
  return signal != 0 ? 128 + signal : 1;
}

}  // namespace

int run_first(const run_options& options, first_spawn first) {
  runtime_core rt(options, real_platform::instance());
  const signal_watch signals(options.stop_on_signals);
  rt.start();
  spawn_settings settings;
  settings.kept_by = rt.number;
  const spawned made = first.spawn(first.context, settings);
  rt.watch_first(made.process);
  int signal = 0;
  rt.wait_for_first([&] {
    signal = signals.caught();
    if (signal != 0)
      say(fmt::format("brood: signal {}: shutting down; again: killed\n", signal));
    return signal != 0;
  });
  const bool orderly = rt.stop();
  exit_reason why;
  rt.first_has_ended(why);
  const int status = status_of(why, signal, orderly);
  flush_reports_within(options.grace);
  return status;
}

// What a runtime object owns.
class embedded_runtime {
 public:
  explicit embedded_runtime(const run_options& options)
      : core_(std::make_unique<runtime_core>(options, real_platform::instance())), number_(core_->number), ends_(core_->ends) {
    core_->start();
  }

  std::uint64_t number() const noexcept { return number_; }
  kept_ends& ends() noexcept { return *ends_; }

  // Returns when it has stopped, whoever stops it; at once in what the thread that stops it destroys.
  void stop() {
    std::unique_lock guard(lock_);
    if (stopper_ == std::this_thread::get_id())
      return;
    if (stopper_ != std::thread::id())
      return stopped_.wait(guard, [this] { return !core_; });
    if (!core_)
      return;
    stopper_ = std::this_thread::get_id();
    guard.unlock();
    core_->stop();
    guard.lock();
    core_.reset();
    stopper_ = {};
    stopped_.notify_all();
  }

  // Its threads run on: nobody stops it any more.
  void leave_running() noexcept { static_cast<void>(core_.release()); }

 private:
  std::unique_ptr<runtime_core> core_;
  const std::uint64_t number_;
  const std::shared_ptr<kept_ends> ends_;
  std::mutex lock_;
  std::condition_variable stopped_;
  std::thread::id stopper_;
};

namespace {

// Whether the end of the runtime waits for this thread.
bool is_inside() noexcept { return this_core() || runs_blocking_work(); }

}  // namespace

}  // namespace detail

using namespace detail;

runtime::runtime(run_options options) : in_(std::make_unique<embedded_runtime>(options)), number_(in_->number()) {}

runtime::~runtime() {
  if (runtime_core::in_forked_child())
    stop();
  if (runtime_core::in_forked_child() || is_inside())
    in_->leave_running();
  else
    in_->stop();
}

void runtime::stop() {
  if (runtime_core::in_forked_child()) {
    say(fmt::format("brood: a runtime is not stopped: {}\n", runtime_core::forked_sentence));
    return flush_reports_within(std::chrono::seconds(1));
  }
  if (is_inside())
    throw std::logic_error(
        "brood: runtime::stop in a process, in a callback of monitor or in a function of blocking waits for itself: let the thread "
        "that "
        "owns the runtime call it, when wait(pid) returns, say");
  in_->stop();
}

void runtime::send_packed(const destination& to, envelope_ptr message) {
  if (const std::optional<pid> who = to.find())
    transmit(*who, message.release());
  else
    throw bad_name(to.text(), "nobody has this name");
}

void runtime::monitor(pid who, std::function<void(const down&)> callback) {
  runtime_core::refuse_in_child("runtime::monitor");
  auto tell = std::make_shared<std::function<void(const down&)>>(std::move(callback));
  const spawned attendant = spawn_with(
      {.kept_by = number_, .attends = true},
      [](pid watched, std::shared_ptr<std::function<void(const down&)>> told) -> process {
        const monitor_ref m = brood::monitor(watched);
        down d = co_await quietly(receive<down>(m));
        (*told)(d);
      },
      who, tell);
  if (!attendant.process)  // nobody lives any more
    (*tell)(down{{}, who, reason::noproc, {}});
}

exit_reason runtime::wait(pid who) {
  runtime_core::refuse_in_child("runtime::wait");
  if (const process_control* p = running_process(); p && p->self() == who)
    throw std::logic_error("brood: runtime::wait(self()) never returns: a process can't see its own end");
  if (std::optional<exit_reason> kept = in_->ends().take(who))
    return *kept;
  auto promise = std::make_shared<std::promise<exit_reason>>();
  auto future = promise->get_future();
  monitor(who, [promise](const down& d) { promise->set_value(d.why); });
  promise.reset();  // an attendant that is killed by others breaks it
  try {
    return future.get();
  } catch (const std::future_error&) {
    return reason::noproc;
  }
}

std::optional<pid> destination::find() const {
  if (const pid* who = process())
    return *who;
  if (const std::string* n = name())
    return whereis(*n);
  return std::get<std::shared_ptr<const detail::resolver>>(to_)->find();
}

std::string destination::text() const {
  if (const pid* who = process())
    return to_string(*who);
  if (const std::string* n = name())
    return *n;
  return std::get<std::shared_ptr<const detail::resolver>>(to_)->text();
}

}  // namespace brood
