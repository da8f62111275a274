// An exception that nobody catches ends its process, and only that one. The runtime reports it on standard error:
//
//     23:45:55.643 [error] Process #PID<0.62.0> raised an exception
//     ** (std::runtime_error) oops
//         spawned at examples/04_crash.cpp:22
//
// Output:
// #PID<0.62.0> ended: ** (std::runtime_error) oops
// life goes on
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <stdexcept>

using namespace brood;

void fails() { throw std::runtime_error("oops"); }

process parent() {
  auto [child, watch] = spawn_monitor(fails);
  down end = co_await receive<down>(watch);
  fmt::print("{} ended: {}\n", end.who, end.why);
  fmt::print("life goes on\n");
}

int main() { return run(parent); }
