// 19_fibonacci_pool in one line: parallel_map makes a process of each number, as many at a time as there are schedulers, and gives the
// results in the order of the numbers.
//
// Output:
// fib(5) to fib(35): 31 results, together 24157809
// fib(37) = 24157817
// fib(38) = 39088169
// and fib(100) is not waited for: :timeout
#include <brood/brood.hpp>
#include <brood/fmt.hpp>

#include <fmt/core.h>

#include <numeric>
#include <ranges>

using namespace brood;
using namespace std::chrono_literals;
using std::views::iota;

long fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

// The same, but it lets itself be stopped.
task<long> patient_fib(int n) {
  if (n < 25)
    co_return fib(n);
  co_return co_await patient_fib(n - 1) + co_await patient_fib(n - 2);
}

process client() {
  auto all = co_await parallel_map(iota(5, 36), fib);
  fmt::print("fib(5) to fib(35): {} results, together {}\n", all.size(), std::accumulate(all.begin(), all.end(), 0L));

  int n = 37;
  co_await parallel_each(iota(37, 39), fib, [&](long value) { fmt::print("fib({}) = {}\n", n++, value); });

  auto fates = co_await parallel_outcomes(iota(100, 101), patient_fib, {.timeout = 50ms});
  fmt::print("and fib(100) is not waited for: {}\n", fates[0].why());
}

int main() { return run(client); }
