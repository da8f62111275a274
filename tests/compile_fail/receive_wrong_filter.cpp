// error: receive<T> takes a filter, a predicate over a T
// cases: 9
#include <brood/brood.hpp>

#include <string>
using namespace brood;
using namespace std::chrono_literals;

struct job {
  int n;
};

#if MISUSE == 1
process misuse() { co_await receive<job>(after(1s)); }
#elif MISUSE == 2
process misuse() { co_await receive<job>(1s); }
#elif MISUSE == 3
process misuse() {
  co_await receive<job>([](const std::string&) { return true; });
}
#elif MISUSE == 4
process misuse() { co_await receive<job>(monitor(self())); }
#elif MISUSE == 5
process misuse() { co_await receive<down>(self()); }
#elif MISUSE == 6
process misuse() {
  co_await receive<job, int>([](const job&) { return true; });
}
#elif MISUSE == 7
process misuse() {
  co_await receive<job>(within(1s), [](const job&) { return true; });
}
#elif MISUSE == 8
process misuse() { co_await receive<std::string>("text"); }
#elif MISUSE == 9
process misuse() {
  co_await receive<job>([](const job&) { return true; }, 1s);
}
#else
process misuse() {
  co_await receive<job>([](const job& j) { return j.n > 1; }, within(1s));
}
#endif
