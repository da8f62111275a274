// Why an operation of the operating system failed, as outcomes and exit reasons say it.
//
//     outcome<io::bytes> got = outcome<io::bytes>::failure(exit_reason(io::error{ECONNRESET}));
//     if (got.why() == io::ended) co_return;                   // nothing more will come
//     if (const auto* e = got.why().get_if<io::error>()) std::cout << e->what();
#pragma once

#include <brood/exit_reason.hpp>

#include <cerrno>
#include <compare>
#include <string>

namespace brood::io {

// An errno. Prints as Erlang's atom, :econnreset.
struct error {
  int code;

  // The system's sentence, "Connection reset by peer". Any thread.
  std::string what() const;

  friend bool operator==(const error&, const error&) = default;
  friend auto operator<=>(const error&, const error&) = default;
  friend bool operator==(const exit_reason& why, const error& e) {
    const error* held = why.get_if<error>();
    return held != nullptr && *held == e;
  }
};
std::string describe(const error& e);

// The end of a stream: nothing more will come. Prints :closed.
struct ended_t {
  friend bool operator==(ended_t, ended_t) { return true; }
  friend bool operator==(const exit_reason& why, ended_t) { return why.get_if<ended_t>() != nullptr; }
};
inline constexpr ended_t ended;
std::string describe(ended_t);

}  // namespace brood::io
