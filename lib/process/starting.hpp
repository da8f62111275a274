// A process whose starter waits until it has started: the record of that, kept like a call it has not answered. And the starter's
// patience: a start that takes longer than 5 s, or than its limit, is reported, once.
#pragma once

#include "process/process_control.hpp"

#include <brood/detail/wait.hpp>
#include <brood/task.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace brood::detail {

// While spawning: `starter` waits for the answer with this number.
void expect_start(process_control& p, pid starter, std::uint64_t number);

// It has started: tells its starter, once.
void announce_start(process_control& p) noexcept;

// It will not start: what it receives while it tidies up is no sign of a start.
void give_up_start(process_control& p) noexcept;

// It dies before it has started: its starter hears so by the answer alone, neither through the link nor through the monitor.
void fail_start(process_control& p) noexcept;

inline constexpr std::int64_t slow_start_ns = 5'000'000'000;

// Reports that a child has not started for so long: where it waits, and whom it waits for, and so on. From any process.
task<> report_late_start(pid starter, pid child, std::string id, std::int64_t waited);

// Of a starter while it waits. Under simulation it sets no deadline, for that would be a timer: the clock's jumps look at those that
// wait.
class start_patience {
 public:
  start_patience() = default;
  start_patience(const start_patience&) = delete;
  ~start_patience() { end(); }

  // After begin_answer_wait of `w` by `starter`. `id`: what the starter calls its child; outlives this.
  void begin(process_control& starter, answer_waiter& w, pid child, std::string_view id) noexcept;
  // The deadline has passed. True: that was this one's, and the wait goes on.
  bool goes_on(process_control& starter, const answer_waiter& w) noexcept;
  void end() noexcept;
  bool has_reported() const noexcept { return reported_; }

  // Under simulation, when the clock has jumped.
  static void look_at_all(std::int64_t now) noexcept;

 private:
  void report() noexcept;

  pid starter_, child_;
  std::string_view id_;
  bool reported_ = false;
  std::int64_t since_ = 0;  // under simulation
  start_patience* next_ = nullptr;
  start_patience** place_ = nullptr;  // what points to this one; null: it is not watched
};

}  // namespace brood::detail
