// The story of one run: what was decided, and what happened, in words. Made when a failing run is replayed, or where BROOD_STORY asks.
#pragma once

#include "process/core.hpp"
#include "test/choice.hpp"
#include "test/story.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>
#include <vector>

namespace brood::detail {

class trace {
 public:
  static constexpr std::size_t most_lines = 200;  // the last ones are kept
  static constexpr std::size_t most_decisions = 1'000'000;

  // `whole`: null, or a file that gets every line when it happens.
  explicit trace(std::FILE* whole = nullptr) : whole_(whole), wanted_(story_filter::asked_for()) {}

  void decided(const decision& d) {
    if (decisions_.size() < most_decisions)
      decisions_.push_back(d);
  }
  void at(std::int64_t since_start_ns) noexcept { now_ = since_start_ns; }
  // `who` and `other`: the bits of the pids it concerns, or 0.
  void say(std::string what, std::uint64_t who, std::uint64_t other = 0);
  void happened(happening what, process_control* who, std::uint64_t other, const envelope* e);
  // Before and after a turn.
  void runs(process_control& p, bool in_between);
  void rested(process_control& p);

  const std::vector<decision>& decisions() const noexcept { return decisions_; }
  std::string text() const;

 private:
  std::FILE* whole_;
  story_filter wanted_;
  std::int64_t now_ = 0;
  std::size_t forgotten_ = 0;
  std::deque<std::string> lines_;
  std::vector<decision> decisions_;
};

// #PID<0.2.1> (name), or nobody.
std::string who_is(std::uint64_t pid_bits);
// What a signal is, in a word or two, with its value if it prints.
std::string what_is(const envelope& e);
std::string duration_text(std::int64_t ns);

}  // namespace brood::detail
