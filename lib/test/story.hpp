// Where the whole story of a run goes, and whom it is about: BROOD_STORY and BROOD_STORY_ONLY.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <unordered_set>
#include <vector>

namespace brood::detail {

bool story_is_wanted() noexcept;
// The file that BROOD_STORY names, for appending; what was in it before this program is gone. Null: none is asked for. Whoever opens it
// closes it. Throws std::system_error when it can't be opened.
std::FILE* open_story();

// Which lines of a story are wanted: those that concern certain processes, or all.
class story_filter {
 public:
  // What BROOD_STORY_ONLY says: pids, registered names, labels, places of spawns, separated by commas.
  static story_filter asked_for();
  explicit story_filter(std::vector<std::string> words = {}) : words_(std::move(words)) {}

  // Pids' bits, or 0.
  bool wants(std::uint64_t who, std::uint64_t other) {
    return words_.empty() || (who != 0 && is_of_interest(who)) || (other != 0 && is_of_interest(other));
  }

 private:
  bool is_of_interest(std::uint64_t pid_bits);

  std::vector<std::string> words_;
  std::unordered_set<std::uint64_t> found_;  // a process keeps our interest when it gives up its name, and when it dies
};

}  // namespace brood::detail
