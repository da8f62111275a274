// Looking at a failing run again: in a child process, so that neither the test's variables nor its output notice.
#pragma once

#include "test/trace.hpp"

#include <brood/simulate.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace brood::detail {

// In the child: which of the body's simulations is looked at, what it is to decide, what it tells.
struct replay {
  std::size_t target;                        // counted from 1
  const std::vector<std::uint32_t>* forced;  // null: what the seed says
  trace story;
  std::size_t begun = 0;
  int out = -1;

  // It did not fail: a later one is of no interest.
  [[noreturn]] void end_without_failure();

  static replay* current;  // null: this is no child, or the child's body is over
};

struct replayed {
  std::string failure;  // its signature; empty: it did not fail
  std::vector<std::uint32_t> taken;
  std::string story;
};

// Runs body in a child. Empty: there could be no child, or it did not come back within two seconds; within a minute if it writes the
// whole story to a file.
std::optional<replayed> replay_in_child(const std::function<void()>& body, std::size_t target,
                                        const std::vector<std::uint32_t>* forced, std::FILE* whole_story = nullptr);

// What tells one failure from another: the type and, without its digits, the text of the exception in flight.
std::string signature_of_failure();
// The first line of it, for people.
std::string text_of_failure();

}  // namespace brood::detail
