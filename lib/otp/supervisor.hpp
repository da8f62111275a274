// A supervisor at work: carries out what strategy.hpp decides. Lives in the frame of its process and belongs to it alone.
//
// While it waits for one child to end it takes in the ends of the others, too, and puts them off: `settle` deals with them when
// the operation in hand is done. Everything else (requests, its parent's exit, strangers) stays in the mailbox meanwhile.
#pragma once

#include "otp/child_table.hpp"
#include "otp/restart_intensity.hpp"
#include "otp/supervision_report.hpp"

#include <brood/outcome.hpp>
#include <brood/supervisor.hpp>
#include <brood/task.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace brood::detail {

// To itself: the next attempt of a restart that failed. In between requests are served. OTP: try_again_restart
struct next_attempt {
  place child;
  std::uint32_t version;
};

class supervisor {
 public:
  // Throws std::invalid_argument.
  explicit supervisor(const supervisor_options& options);

  // V1: starts them in order. When one fails, stops those before it and exits with failed_to_start.
  task<> start_all(std::vector<child_spec> specs);
  // V2: last first; a dynamic supervisor's all at once.
  task<> stop_all();

  // A child or a stranger has ended.
  task<> ended(pid who, exit_reason why);
  task<> try_again(next_attempt attempt);

  task<outcome<pid>> start_child(child_spec spec);
  task<outcome<pid>> restart_child(std::string id);
  task<outcome<>> terminate_child(place p);
  outcome<> delete_child(std::string_view id);
  std::vector<child_info> which_children();
  child_counts count_children();

  // The child that this process is; or was, if it is being restarted.
  place find(pid who) const {
    const place p = table_.find(who);
    return p != nowhere ? p : table_.find_restarting(who);
  }
  place find(std::string_view id) const { return table_.find(id); }
  // Set when it has given up: too many restarts, or an automatic shutdown.
  const std::optional<exit_reason>& gave_up() const noexcept { return gave_up_; }

 private:
  struct loss {  // of a child, noticed while something else was going on
    place child;
    std::uint32_t version;
    pid process;
    exit_reason why;
  };
  struct deadline;

  bool dynamic() const noexcept { return options_.strategy == restart_strategy::dynamic; }
  task<> settle();
  task<> react(place p, pid process, exit_reason why);
  task<> restart(place p, pid last);
  task<exit_reason> start(place p);
  task<> stop(std::vector<place> group);
  process_clock::time_point begin_stop(place p, std::vector<deadline>& deadlines);
  void lose_patience(const deadline& d);
  void note_kind(place p);
  void note_loss(place p, const exit_reason& why);
  void retire(place p);
  std::vector<place> reached_from(place dead) const;

  const supervisor_options options_;
  child_table table_;
  restart_intensity intensity_;
  std::vector<loss> losses_;
  std::optional<exit_reason> gave_up_;
};

}  // namespace brood::detail
