// A program that went wrong once, for a user. What must hold stands in the comment above it; tests/faults/run reads that:
//
//     // A guard that used the API crashed. Must: it works, or the guard throws.
//     // Exit: STATUS      0 unless said
//     // Within: SECONDS   20 unless said; four times that under a sanitizer
//     // Says: REGEX       (several) a line of standard error matches it
//     // Sanitizers: no    … and why not
//     // Output:
//     // what follows, to the end of the comment, is the standard output
//     FAULT(guard_calls_link) {
//       return run(...);
//     }
//
// ctest runs each of them as `brood-faults NAME`.
#pragma once

#include <brood/brood.hpp>

#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace brood;
using namespace std::chrono_literals;

namespace fault {

struct program {
  const char* name;
  int (*call)();
};
inline std::vector<program>& programs() {
  static std::vector<program> all;
  return all;
}
struct registration {
  registration(const char* name, int (*call)()) { programs().push_back({name, call}); }
};

// Standard output, at once: who reads it may be told by a program that does not end.
inline void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

// What does not hold is said, and the program's status is then 1.
inline std::atomic<bool> failed{false};
inline void must(bool holds, const std::string& what) {
  if (holds)
    return;
  failed = true;
  say("it does not hold: " + what);
}

inline process idle() { co_await sleep(infinity); }

inline double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace fault

using fault::must;
using fault::say;

#define FAULT(NAME)                                                      \
  static int NAME();                                                     \
  static const fault::registration registration_of_##NAME(#NAME, &NAME); \
  static int NAME()
