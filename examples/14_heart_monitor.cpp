// The course's heartbeat monitor beside one that does what it should (chapter/faithful_heart_monitor.hpp, chapter/heart_monitor.hpp).
// Who misses three pings is dead, says the course; with ten processes to watch it says so after two. 15_heart_monitor_live has the rest.
//
// On standard error: what the third heartbeat costs each.
//
// Output:
//    N   course: missed, dead at beat    fixed: missed, dead at beat
//    1                     1, 2, 3  3                     1, 2, 3  3
//   10                  1, 11, 111  2                     1, 2, 3  3
//  100               1, 101, 10101  2                     1, 2, 3  3
// 1000            1, 1001, 1001001  2                     1, 2, 3  3
#include "chapter/faithful_heart_monitor.hpp"
#include "chapter/heart_monitor.hpp"

using namespace brood;
using namespace std::chrono_literals;

struct verdict {
  std::string text;
  process_clock::duration cost;
};

// What one of many silent processes is thought to have missed at the first three heartbeats, and which of them finds it dead.
template <class Heart>
verdict watch_silent(const std::vector<pid>& silent) {
  Heart h;
  for (pid who : silent)
    h.watch(who);
  std::string missed;
  int dead_at = 0;
  process_clock::duration cost{};
  for (int beat = 1; beat <= 3; ++beat) {
    auto start = now();
    h.send_pings();
    cost = now() - start;
    missed += fmt::format("{}{}", beat > 1 ? ", " : "", h.unanswered(silent[0]));
    if (dead_at == 0 && !h.dead().empty())
      dead_at = beat;
  }
  return {fmt::format("{:>28}{:>3}", missed, dead_at), cost};
}

process compare() {
  fmt::print("{:>4}{:>31}{:>31}\n", "N", "course: missed, dead at beat", "fixed: missed, dead at beat");
  for (int n : {1, 10, 100, 1000}) {
    std::vector<pid> silent;
    while (std::ssize(silent) < n)
      silent.push_back(spawn([] {}));
    auto course = watch_silent<faithful::heart>(silent);
    auto fixed = watch_silent<heart>(silent);
    fmt::print("{:>4}{}{}\n", n, course.text, fixed.text);
    fmt::print(stderr, "{:>4}: {:>10} ns, {:>6} ns\n", n, course.cost.count(), fixed.cost.count());
  }
  co_return;
}

int main() { return run(compare); }
