// What the specification tests share: running a body as a process, on real schedulers and under the simulator.
//
//     TEST_CASE("C001 messages of one sender arrive in order") {
//       spec::in_process([]() -> process {
//         send(self(), 1);
//         const int n = co_await receive<int>();
//         CHECK(n == 1);
//       });
//     }
//
// Catch2's assertions are not thread-safe: assert in the body or in the test's own thread, never in processes beside the body.
// A failed REQUIRE ends the body; it is rethrown in the test's thread. No co_await inside CHECK: pull it out first.
#pragma once

#include "catch.hpp"

#include <brood/brood.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace spec {

// ---- sizes: what a sanitizer makes slow is made smaller there

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(undefined_behavior_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

#ifdef NDEBUG
inline constexpr bool release_build = !sanitized;
#else
inline constexpr bool release_build = false;
#endif

constexpr int sized(int full, int small) { return release_build ? full : small; }

// ---- running a body

template <class T>
std::string text_of(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

inline void check_ended(const std::optional<exit_reason>& why) {
  if (!why)
    FAIL("the run was over before the body had ended");
  if (std::exception_ptr failure = why->exception())
    std::rethrow_exception(failure);
  if (*why != reason::normal)
    FAIL("the body ended with " << text_of(*why));
}

// The body runs in a process of its own, beneath a first process that sees how it ended.
template <class Body>
auto watched(Body body, std::optional<exit_reason>& why) {
  return [body, &why]() -> process {
    auto [child, watch] = spawn_monitor(body);
    const down end = co_await receive<down>(watch);  // named: g++ 14 finds no type for .why of the await in a template
    why = end.why;
  };
}

template <class Body>
void in_run(run_options options, Body body) {
  std::optional<exit_reason> why;
  run(options, watched(body, why));
  check_ended(why);
}
template <class Body>
void in_run(Body body) {
  in_run(run_options{.grace = 50ms}, body);  // stubborn leftovers must not cost a second a test
}

// One seed, twice: everything must happen again, in the same order.
template <class Body>
void in_one_simulation(std::uint64_t seed, Body body) {
  std::uint64_t hashes[2];
  for (std::uint64_t& hash : hashes) {
    std::optional<exit_reason> why;
    hash = simulate(simulate_options{.seed = seed}, watched(body, why)).trace_hash;
    check_ended(why);
  }
  if (hashes[0] != hashes[1])
    FAIL("two runs under seed " << seed << " differ");
}

template <class Body>
void in_simulation(std::size_t seeds, Body body) {
  for_each_seed(seeds, [&](auto seed) { in_one_simulation(seed, body); });
}

// Both; under simulation as many seeds, from 3 on, as a twentieth of a second has room for.
template <class Body>
void in_process(Body body) {
  in_run(body);
  const auto end = std::chrono::steady_clock::now() + 50ms;
  for_each_seed(100, [&](auto seed) {
    if (seed <= 3 || std::chrono::steady_clock::now() < end)
      in_one_simulation(seed, body);
  });
}

// ---- inside a body

inline process idle() { co_await sleep(infinity); }

inline task<exit_reason> end_of(monitor_ref watch) { co_return (co_await receive<down>(watch)).why; }
inline task<exit_reason> end_of(pid who) { co_return co_await end_of(monitor(who)); }

inline task<std::size_t> unread() { co_return (co_await inspect(self()))->mailbox_length; }

// Until `who` is blocked in a receive, a sleep or another wait, or dead.
inline task<> until_waiting(pid who) {
  while (true) {
    const std::optional<process_info> now = co_await inspect(who);
    if (!now || now->status == process_status::waiting)
      co_return;
    co_await yield();
  }
}

// A pid that is nobody's any more.
inline task<pid> dead_process() {
  auto [who, watch] = spawn_monitor([] {});
  (void)co_await receive<down>(watch);
  co_return who;
}

// Calls its function when it is destroyed; only the object that was not moved from does.
class on_destruction {
 public:
  explicit on_destruction(std::function<void()> f) : f_(std::move(f)) {}
  on_destruction(on_destruction&& other) noexcept : f_(std::exchange(other.f_, nullptr)) {}
  on_destruction& operator=(on_destruction&&) = delete;
  ~on_destruction() {
    if (f_)
      f_();
  }

 private:
  std::function<void()> f_;
};

// A log that processes beside the body may write to.
class shared_log {
 public:
  void add(std::string line) const {
    std::lock_guard lock(state_->mutex);
    state_->lines.push_back(std::move(line));
  }
  std::vector<std::string> lines() const {
    std::lock_guard lock(state_->mutex);
    return state_->lines;
  }

 private:
  struct state {
    std::mutex mutex;
    std::vector<std::string> lines;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
};

// A flag that processes beside the body may set.
using shared_flag = std::shared_ptr<std::atomic<bool>>;
inline shared_flag make_flag() { return std::make_shared<std::atomic<bool>>(false); }
inline task<> until(shared_flag flag) {
  while (!flag->load())
    co_await sleep(1ms);
}

// ---- around a body

// Collects crash reports instead of printing them.
class collected_reports {
 public:
  collected_reports() {
    old_ = set_report_sink([state = state_](const crash_report& r) {
      std::lock_guard lock(state->mutex);
      state->reports.push_back(r);
    });
  }
  ~collected_reports() { set_report_sink(std::move(old_)); }
  collected_reports(const collected_reports&) = delete;
  collected_reports& operator=(const collected_reports&) = delete;

  std::vector<crash_report> all() const {
    flush_reports(10s);
    std::lock_guard lock(state_->mutex);
    return state_->reports;
  }

 private:
  struct state {
    std::mutex mutex;
    std::vector<crash_report> reports;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
  report_sink old_;
};

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
inline bool starts_with(const std::string& text, const std::string& part) { return text.rfind(part, 0) == 0; }
inline bool ends_with(const std::string& text, const std::string& part) {
  return text.size() >= part.size() && text.compare(text.size() - part.size(), part.size(), part) == 0;
}

}  // namespace spec
