// The course's heartbeat monitor beside one that does what it should (chapter/faithful_heart_monitor.hpp, chapter/heart_monitor.hpp).
// Who misses three pings is dead, says the course; with ten processes to watch it says so after two. 15_heart_monitor_live has the rest.
//
// Output:
//    N   course: missed, dead at beat   fixed: missed, dead at beat
//    1                     1, 2, 3  3                    1, 2, 3  3
//   10                  1, 11, 111  2                    1, 2, 3  3
//  100               1, 101, 10101  2                    1, 2, 3  3
// 1000            1, 1001, 1001001  2                    1, 2, 3  3
#include "chapter/faithful_heart_monitor.hpp"
#include "chapter/heart_monitor.hpp"

using namespace brood;
using namespace std::chrono_literals;

// What one of many silent processes is thought to have missed at the first three heartbeats, and which of them finds it dead.
template <class Heart>
std::string verdict(const std::vector<pid>& silent) {
  Heart h;
  for (pid who : silent)
    h.watch(who);
  std::string missed;
  int dead_at = 0;
  for (int beat = 1; beat <= 3; ++beat) {
    h.send_pings();
    missed += fmt::format("{}{}", beat > 1 ? ", " : "", h.unanswered(silent[0]));
    if (dead_at == 0 && !h.dead().empty())
      dead_at = beat;
  }
  return fmt::format("{:>27}{:>3}", missed, dead_at);
}

process compare() {
  fmt::print("{:>4}{:>31}{:>30}\n", "N", "course: missed, dead at beat", "fixed: missed, dead at beat");
  for (int n : {1, 10, 100, 1000}) {
    std::vector<pid> silent;
    while (std::ssize(silent) < n)
      silent.push_back(spawn([] {}));
    fmt::print("{:>4} {}{}\n", n, verdict<faithful::heart>(silent), verdict<heart>(silent));
  }
  co_return;
}

int main() { return run(compare); }
