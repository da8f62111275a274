// run() and the runtime class: a runtime around the first process, or inside another program.
#include <brood/run.hpp>
#include <brood/runtime.hpp>

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
#include <csignal>
#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace brood {

namespace detail {
namespace {

// SIGINT and SIGTERM while run() waits: the first one asks for an orderly shutdown, a second one kills the program.
class signal_watch {
 public:
  signal_watch(bool on, runtime_core& rt) : on_(on) {
    seen() = 0;
    if (!on_)
      return;
    watched() = &rt;
    struct sigaction action{};
    action.sa_handler = &handle;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &old_int_);
    sigaction(SIGTERM, &action, &old_term_);
  }
  ~signal_watch() {
    if (!on_)
      return;
    sigaction(SIGINT, &old_int_, nullptr);
    sigaction(SIGTERM, &old_term_, nullptr);
  }
  static int caught() noexcept { return seen(); }

 private:
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
    watched().load()->interrupt();
  }
  static std::atomic<runtime_core*>& watched() noexcept {
    static std::atomic<runtime_core*> rt{nullptr};
    return rt;
  }
  bool on_;
  struct sigaction old_int_{}, old_term_{};
};

}  // namespace

int run_first(const run_options& options, first_spawn first) {
  runtime_core rt(options, real_platform::instance());
  signal_watch signals(options.stop_on_signals, rt);
  const spawned made = first.spawn(first.context, spawn_settings{});
  rt.watch_first(made.process);
  rt.start();
  const exit_reason why = rt.wait_for_first([&] {
    if (const int caught = signals.caught()) {
      say(fmt::format("brood: signal {}: shutting down; again: killed\n", caught));
      return true;
    }
    return false;
  });
  rt.stop();
  if (why == reason::normal)
    return 0;
  if (!why.is_error())  // an error has been reported in full
    say(fmt::format("brood: the first process ended with {}\n", text_of(why)));
  flush_reports_within(options.grace);
  return 1;
}

}  // namespace detail

namespace {
std::unique_ptr<detail::runtime_core> embedded;  // the one runtime there may be
}

runtime::runtime(run_options options) {
  auto rt = std::make_unique<detail::runtime_core>(options, detail::real_platform::instance());
  rt->start();
  embedded = std::move(rt);
  running_ = true;
}

runtime::~runtime() { stop(); }

void runtime::stop() {
  if (std::exchange(running_, false))
    embedded.reset();
}

void runtime::send_packed(const destination& to, detail::envelope_ptr message) {
  if (const std::optional<pid> who = to.find())
    detail::transmit(*who, message.release());
  else
    throw bad_name(to.text(), "nobody has this name");
}

void runtime::monitor(pid who, std::function<void(const down&)> callback) {
  spawn(
      [](pid watched, std::function<void(const down&)> tell) -> process {
        const monitor_ref m = brood::monitor(watched);
        down d = co_await receive<down>(m);
        tell(d);
      },
      who, std::move(callback));
}

exit_reason runtime::wait(pid who) {
  if (std::optional<exit_reason> kept = embedded->ends.take(who))
    return *kept;
  auto promise = std::make_shared<std::promise<exit_reason>>();
  auto future = promise->get_future();
  monitor(who, [promise](const down& d) { promise->set_value(d.why); });
  return future.get();
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
