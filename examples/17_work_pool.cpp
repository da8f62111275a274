// The course's work pool: a scheduler that makes a process of each job and watches it (chapter/faithful_work_pool.hpp). A job that
// crashes harms nobody and is reported to its client. What else it gets wrong is in that file; two of it are here.
//
// Output:
// 32
// 49
// pool worker died: ** (std::runtime_error) oops
// the scheduler is alive: true
// a job that exits normally is heard of: false
// brood: bad name "scheduler": it is taken: unregister_name(name) first, or use another
// and now there are 2 schedulers
#include "chapter/faithful_work_pool.hpp"

#include <fmt/core.h>

#include <stdexcept>

using namespace brood;
using namespace std::chrono_literals;

int twice_the_square(int x) { return 2 * x * x; }
int square(int x) { return x * x; }
int crash(int) { throw std::runtime_error("oops"); }
int leave(int) { exit(reason::normal); }

process client() {
  faithful::start();
  faithful::queue(twice_the_square, 4);
  fmt::print("{}\n", co_await receive<int>());
  faithful::queue(square, 7);
  fmt::print("{}\n", co_await receive<int>());

  faithful::queue(crash, 0);
  fmt::print("{}\n", (co_await receive<faithful::failure>()).text);
  fmt::print("the scheduler is alive: {}\n", co_await is_alive(*whereis("scheduler")));

  faithful::queue(leave, 0);
  auto answer = co_await receive<int, faithful::failure>(within(100ms));
  fmt::print("a job that exits normally is heard of: {}\n", answer.has_value());

  try {
    faithful::start();
  } catch (const bad_name& e) {
    fmt::print("{}\n", e.what());
  }
  auto me = co_await inspect(self());
  fmt::print("and now there are {} schedulers\n", me->links.size());
}

int main() { return run(client); }
