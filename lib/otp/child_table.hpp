// The children of one supervisor: specs and states, in start order, found by id and by pid. About 110 bytes a child.
//
// Places stay where they are; a removed one is used again.
#pragma once

#include "otp/place_index.hpp"

#include <brood/child_spec.hpp>
#include <brood/exit_reason.hpp>
#include <brood/pid.hpp>
#include <brood/supervisor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>

namespace brood::detail {

struct child_record {
  explicit child_record(child_spec s) : spec(std::move(s)) {}
  child_spec spec;
  pid process;                               // running: it; restarting: its last one, by which it may be terminated; else nobody
  place previous = nowhere, next = nowhere;  // in start order
  std::uint32_t version = 0;                 // another after each change of state, and for each new tenant of the place
  child_state state = child_state::stopped;
  bool stopping = false;                // told to end, by the supervisor
  bool supervises = false;              // its last process had reached `supervise`
  bool counted = false;                 // among the significant ones left
};

class child_table {
 public:
  // By id only if `ids`: a dynamic supervisor has none.
  explicit child_table(bool ids) noexcept : ids_(ids) {}

  place add(child_spec spec);  // last, stopped
  void remove(place p);        // must not be running

  void now_running(place p, pid process);
  void now_stopped(place p);     // between two lives, or never born
  void now_restarting(place p, pid last);
  void now_retired(place p);     // stopped for good, until a request starts it

  child_record& operator[](place p) noexcept { return records_[p]; }
  const child_record& operator[](place p) const noexcept { return records_[p]; }
  place find(pid process) const;  // running ones only
  place find_restarting(pid last) const;
  place find(std::string_view id) const;
  place first() const noexcept { return first_; }
  place last() const noexcept { return last_; }

  std::size_t size() const noexcept { return size_; }
  std::size_t running() const noexcept { return running_; }
  // Significant ones that have not retired: they run, or will again.
  std::size_t significant_left() const noexcept { return significant_left_; }

 private:
  std::size_t pid_hash(place p) const noexcept;
  std::size_t id_hash(place p) const noexcept;
  void count_out(place p) noexcept { significant_left_ -= std::exchange(records_[p].counted, false); }

  std::deque<child_record> records_;
  place_index by_pid_, by_id_;
  place first_ = nowhere, last_ = nowhere;
  place free_ = nowhere;  // removed ones, linked by next
  std::size_t size_ = 0, running_ = 0, restarting_ = 0, significant_left_ = 0;
  std::uint32_t versions_ = 0;
  bool ids_;
};

}  // namespace brood::detail
