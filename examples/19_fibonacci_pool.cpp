// Fibonacci numbers the slowest way there is, in parallel: the course's use of its pool. Results arrive as they are done, so first the
// sum of what comes; then, each tagged with its place, in order. `19_fibonacci_pool 45` computes up to fib(45), as the course does:
// about 13 s of a core's time.
//
// Run: 41
// Output:
// fib(5) to fib(35): 31 results, together 24157809
// fib(39) = 63245986
// fib(40) = 102334155
// fib(41) = 165580141
#include "chapter/faithful_work_pool.hpp"
#include "chapter/work_pool_client.hpp"

#include <fmt/core.h>

#include <string>

using namespace brood;

long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

// The course's client: fires its jobs and takes what comes, in whatever order.
task<> unordered(int from, int to) {
  for (int n = from; n <= to; ++n)
    faithful::queue(fib, n);
  long sum = 0;
  for (int n = from; n <= to; ++n)
    sum += co_await receive<long>();
  fmt::print("fib({}) to fib({}): {} results, together {}\n", from, to, to - from + 1, sum);
}

// With tags, each result finds its number.
task<> ordered(pid pool, int from, int to) {
  std::vector<ref> tags;
  for (int n = from; n <= to; ++n)
    tags.push_back(co_await bounded::submit(pool, fib, n));
  for (int n = from; n <= to; ++n)
    fmt::print("fib({}) = {}\n", n, *co_await bounded::outcome_of<long>(pool, tags[n - from]));
}

process client(int last) {
  faithful::start();
  co_await unordered(5, 35);
  pid pool = bounded::start("pool", {.workers = 2, .queue = 10});
  co_await ordered(pool, 39, last);
}

int main(int argc, char** argv) { return run(client, argc > 1 ? std::stoi(argv[1]) : 45); }
