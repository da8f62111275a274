// `after` is what a receive does when nothing that it takes has come for so long; its value is the value of the receive.
// Nobody writes to this process, so its receive is a sleep.
//
// Output:
// -42
// at least 50 ms: true
// polled: nothing
#include <brood/brood.hpp>

#include <fmt/core.h>

#include <chrono>

using namespace brood;
using namespace std::chrono_literals;

process sleeper() {
  auto start = now();
  int answer = co_await receive([](int) { return 42; }, after(50ms, [] { return -42; }));
  fmt::print("{}\n", answer);
  fmt::print("at least 50 ms: {}\n", now() - start >= 50ms);

  auto polled = co_await receive<int>(within(0s));  // an empty optional: does not wait
  fmt::print("polled: {}\n", polled ? "something" : "nothing");
}

int main() { return run(sleeper); }
